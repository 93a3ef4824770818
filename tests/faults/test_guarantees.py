"""Each of the thirteen guarantees is attacked on each of the nine routes, by every one of its tests or for a stated reason."""

from __future__ import annotations

import pytest

from tests.faults.guarantees import GUARANTEES, Attack
from tests.faults.routes import PAIRS, Pair, Wanted


def routes_of(attack: Attack) -> set[Pair]:
    """Return the sources and destinations a test is run with in CI."""
    marks: list[pytest.Mark] = getattr(attack, "pytestmark", [])
    (marker,) = [mark for mark in marks if mark.name == "routes"]
    return {(case[0], case[1]) for case in Wanted(marker.args, **marker.kwargs).cases(long=False)}


def test_there_are_thirteen() -> None:
    assert sorted(GUARANTEES) == list(range(1, 14))


@pytest.mark.parametrize("number", sorted(GUARANTEES))
def test_guarantee_is_attacked_on_every_route(number: int) -> None:
    guarantee = GUARANTEES[number]
    attacked = set[Pair]().union(*(routes_of(attack) for attack in guarantee.attacks))
    assert attacked | set(guarantee.elsewhere) == set(PAIRS)
    assert not attacked & set(guarantee.elsewhere)
    if not guarantee.elsewhere:
        assert all(routes_of(attack) == set(PAIRS) for attack in guarantee.attacks)


def test_strategies_meet_every_source_and_every_destination() -> None:
    for strategies in (("a", "b"), ("a", "b", "c"), tuple("abcdefg")):
        cases = list(Wanted(strategies).cases(long=False))
        for place in (0, 1):
            assert {(case[place], case[3]) for case in cases} == {
                (pair[place], strategy) for pair in PAIRS for strategy in strategies
            }
        assert {case[:2] for case in cases} == set(PAIRS)
