"""Which sources, destinations, patterns and strategies a test is run with: pairwise, or with ``--long`` the whole product.

A test says ``@pytest.mark.routes("append", "upsert", "scd2")`` and takes ``origin``, ``target``, ``pattern`` and, where
it names strategies, ``strategy``. Pairwise means: every source with every destination, and every strategy with every
source and with every destination.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ORIGINS = ("sqlite", "csv", "postgres")
TARGETS = ("duckdb", "postgres", "files")
PATTERNS = {
    "duckdb": ("batch_elt", "batch_etl"),
    "postgres": ("batch_elt", "batch_etl"),
    "files": ("batch_etl",),
}
Pair = tuple[str, str]
PAIRS: tuple[Pair, ...] = tuple((origin, target) for origin in ORIGINS for target in TARGETS)


@dataclass(frozen=True)
class Wanted:
    """What a test asks for by its marker.

    Attributes:
        strategies: Loading strategies to choose from; none: the test takes no ``strategy``.
        origins: Sources, None for all.
        targets: Destinations, None for all.
        every: Run every strategy on every route, not only with ``--long``.
    """

    strategies: tuple[str, ...] = ()
    origins: tuple[str, ...] = ORIGINS
    targets: tuple[str, ...] = TARGETS
    every: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments the test takes."""
        return ("origin", "target", "pattern", *(("strategy",) if self.strategies else ()))

    @property
    def pairs(self) -> list[Pair]:
        """The sources and destinations it is run with, whatever the option."""
        return [
            (origin, target) for origin, target in PAIRS if origin in self.origins and target in self.targets
        ]

    def cases(self, *, long: bool) -> Iterator[tuple[str, ...]]:
        """Return the arguments of each run of the test."""
        for origin, target in self.pairs:
            for pattern in PATTERNS[target] if long else (_pattern(origin, target),):
                for strategy in self._strategies(origin, target, long=long):
                    yield (origin, target, pattern, *strategy)

    def _strategies(self, origin: str, target: str, *, long: bool) -> Iterable[tuple[str, ...]]:
        if not self.strategies:
            return [()]
        if long or self.every:
            return [(strategy,) for strategy in self.strategies]
        # A Latin square; further strategies than three come round after three.
        first = (ORIGINS.index(origin) + TARGETS.index(target)) % 3
        return [(strategy,) for strategy in self.strategies[first % len(self.strategies) :: 3]]


def _pattern(origin: str, target: str) -> str:
    """Return the pattern a route has in the short selection: both patterns meet every destination and source."""
    patterns = PATTERNS[target]
    return patterns[(ORIGINS.index(origin) + TARGETS.index(target) * 2) % len(patterns)]
