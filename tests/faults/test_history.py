"""History (scd2) fed shuffled, repeated, late, deleted and reinserted versions is that of the in-order feed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from templates.src.engines.duckdb_engine import DuckDBEngine
from templates.src.loaders.publication import Publication
from templates.src.loaders.strategies import scd2
from templates.src.settings import LoadingSettings
from tests.faults.world import START

COLUMNS = (("id", "BIGINT"), ("value", "VARCHAR"), ("gone", "BOOLEAN"), ("updated_at", "TIMESTAMP"))
SNAPSHOT = (("id", "BIGINT"), ("value", "VARCHAR"))
Span = tuple[int, str | None, datetime, datetime | None]


class Version(NamedTuple):
    """One version of a row of the source."""

    id: int
    value: str | None
    gone: bool
    updated_at: datetime


class History:
    """A history table in a fresh DuckDB."""

    def __init__(self) -> None:
        self._db = duckdb.connect(config={"threads": "1"})
        self._engine = DuckDBEngine(self._db)
        self._engine.create_schema("analytics")
        self._runs = 0
        self._db.execute("CREATE TABLE feed (id BIGINT, value VARCHAR, gone BOOLEAN, updated_at TIMESTAMP)")

    def feed(self, versions: Iterable[Version]) -> None:
        """Apply a batch of versions, as an incremental run does."""
        self._apply(list(versions), COLUMNS, "updated_at", started_at=datetime(2026, 2, 1, tzinfo=UTC))

    def show(self, rows: dict[int, str | None], moment: datetime) -> None:
        """Apply all rows of a source without versions, as a full run does at a moment."""
        self._apply(
            [Version(key, value, False, START) for key, value in rows.items()], SNAPSHOT, None, moment
        )

    def _apply(
        self,
        rows: list[Version],
        columns: tuple[tuple[str, str], ...],
        version: str | None,
        started_at: datetime,
    ) -> None:
        self._runs += 1
        self._db.execute("DELETE FROM feed")
        if rows:
            self._db.executemany("INSERT INTO feed VALUES (?, ?, ?, ?)", rows)
        loading = LoadingSettings("scd2", ("id",), version, "gone" if version else None)
        with self._engine.transaction():
            scd2(
                Publication(
                    self._engine, "analytics", "history", "memory.main.feed", columns, loading,
                    f"run-{self._runs}", started_at, complete=version is None,
                )
            )  # fmt: skip

    def spans(self) -> list[Span]:
        """Return every row of the history; a current row has no end."""
        rows = self._db.execute(
            "SELECT id, value, timezone('UTC', CAST(valid_from AS TIMESTAMPTZ)), timezone('UTC', CAST(valid_to AS TIMESTAMPTZ)),"
            " is_current FROM analytics.history ORDER BY ALL"
        ).fetchall()
        assert all(row[4] is (row[3] is None) for row in rows)
        return [row[:4] for row in rows]


def in_order(versions: Iterable[Version]) -> list[Span]:
    """Return the history of versions that come in order, computed without SQL."""
    spans: list[Span] = []
    known = sorted(set(versions), key=lambda v: (v.id, v.updated_at))
    for version, follower in zip(known, [*known[1:], None], strict=True):
        end = follower.updated_at if follower and follower.id == version.id else None
        if not version.gone:
            spans.append((version.id, version.value, version.updated_at, end))
    return sorted(spans, key=repr)


moments = st.integers(0, 6).map(lambda hour: START + timedelta(hours=hour))
values = st.sampled_from([None, "", "a", "b"])
versions = st.lists(
    st.builds(Version, st.integers(1, 3), values, st.booleans(), moments),
    min_size=1, max_size=9, unique_by=lambda v: (v.id, v.updated_at),
)  # fmt: skip
small = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@small
@given(versions, st.data())
def test_shuffled_repeated_and_late_versions_give_the_history_of_the_orderly_feed(
    known: list[Version], data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(known), max_size=4))
    shuffled = data.draw(st.permutations(known + repeated))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    history = History()
    for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True):
        history.feed(shuffled[start:end])
    assert sorted(history.spans(), key=repr) == in_order(known)


@pytest.mark.slow
@small
@given(versions)
def test_a_feed_applied_again_changes_nothing(known: list[Version]) -> None:
    history = History()
    history.feed(known)
    before = history.spans()
    history.feed(known)
    history.feed([])
    assert history.spans() == before


snapshots = st.lists(st.dictionaries(st.integers(1, 3), values, max_size=3), min_size=1, max_size=6)


@pytest.mark.slow
@small
@given(snapshots)
def test_snapshots_without_versions_give_the_history_of_what_was_seen(
    seen: list[dict[int, str | None]],
) -> None:
    history, spans, current = History(), list[Span](), dict[int, tuple[str | None, datetime]]()
    for hour, rows in enumerate(seen):
        moment = START + timedelta(hours=hour)
        history.show(rows, moment.replace(tzinfo=UTC))
        for key, (value, since) in list(current.items()):
            if key not in rows or rows[key] != value:
                spans.append((key, value, since, moment))
                del current[key]
        current |= {key: (value, moment) for key, value in rows.items() if key not in current}
    spans += [(key, value, since, None) for key, (value, since) in current.items()]
    assert sorted(history.spans(), key=repr) == sorted(spans, key=repr)


@pytest.mark.slow
@small
@given(snapshots, st.data())
def test_a_clock_that_jumps_back_makes_no_overlap_and_loses_no_current_row(
    seen: list[dict[int, str | None]], data: st.DataObject
) -> None:
    history = History()
    for rows in seen:
        hour = data.draw(st.integers(0, 5))
        history.show(rows, (START + timedelta(hours=hour)).replace(tzinfo=UTC))
    spans = history.spans()
    assert {span[0]: span[1] for span in spans if span[3] is None} == seen[-1]
    for key in {span[0] for span in spans}:
        mine = sorted((span[2], span[3] or datetime.max) for span in spans if span[0] == key)
        assert all(start <= end for start, end in mine)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(mine))


def test_deleted_and_reinserted_row_has_a_gap_in_its_history() -> None:
    first, gone, again = (START + timedelta(days=day) for day in range(3))
    feed = [Version(1, "a", False, first), Version(1, "a", True, gone), Version(1, "b", False, again)]
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0, 1]):
        history = History()
        for number in order:
            history.feed([feed[number]])
        assert history.spans() == [(1, "a", first, gone), (1, "b", again, None)]
