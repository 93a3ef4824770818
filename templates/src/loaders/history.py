"""Slowly changing dimension, type 2: every version of a row with the time it was valid.

The truth is an append-only log of changes, ``<table>__changes``; the published history of a key is computed from all
of its changes, so late, repeated and shuffled versions give the same history as an orderly feed. A change is a
``row`` (a version as the source gave it, perhaps flagged as deleted), ``gone`` (missing from a complete set of rows)
or ``back`` (present again although gone, and not newer). Where rows carry no version, the time of the run is theirs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ..engines.base import names, quoted
from .publication import Publication

VALIDITY = ("valid_from", "valid_to", "is_current")
LOG = "__changes"


def apply_scd2(publication: Publication, flagged: str) -> int:
    """Add what is new to the log and rebuild the history of the keys concerned; return the changes added.

    Args:
        publication: The rows.
        flagged: The condition that a row is marked as deleted.
    """
    version = publication.version
    kind = dict(publication.columns)[version] if version else "TIMESTAMP WITH TIME ZONE"
    if version is None:
        publication = publication.newest()
    fresh = publication.ensure([("valid_from", kind), ("valid_to", kind), ("is_current", "BOOLEAN")])
    publication.ensure(
        [
            ("_version", kind),
            ("_deleted", "BOOLEAN"),
            ("_event", "TEXT"),
            ("_sequence", "BIGINT"),
            ("_run_id", "TEXT"),
        ],
        suffix=LOG,
    )
    log = _Log(publication, kind, flagged)
    added = log.add_versions() if version else log.add_differences()
    if publication.complete:
        added += log.add_gone()
        if version:
            added += log.add_back()
    log.rebuild(everything=fresh)
    return added


class _Log:
    """The log of changes of one table."""

    def __init__(self, publication: Publication, kind: str, flagged: str) -> None:
        self._of = publication
        self._engine = publication.engine
        self._table = publication.engine.relation(publication.schema, publication.table + LOG)
        self._kind = kind
        self._flagged = flagged
        self._key = publication.key()
        self._listed = names(publication.names)
        self._same = publication.same_key("c", "s")
        self._sequence = self._next_sequence()
        self._content = tuple(name for name in publication.names if name not in self._key)
        self._compared = tuple(name for name in self._content if name not in publication.dropped)

    def add_versions(self) -> int:
        """Add the arriving versions that the log does not hold yet."""
        version = quoted(self._of.version or "")
        given = f"{self._listed}, {version} AS _version, {self._flagged} AS _deleted"
        source = f"(SELECT {given} FROM {self._of.source} AS a)"
        whole = self._of.matches(self._compared, "c", "s")
        known = (
            f"SELECT 1 FROM {self._table} AS c WHERE {self._same} AND c._version IS NOT DISTINCT FROM s._version"
            f" AND c._deleted = s._deleted AND c._event = 'row'" + (f" AND {whole}" if whole else "")
        )
        return self._insert(f"{source} AS s WHERE NOT EXISTS ({known})", "s._version", "s._deleted", "row")

    def add_differences(self) -> int:
        """Add the arriving rows that differ from the latest the log holds of their key."""
        source = f"(SELECT {self._listed}, {self._flagged} AS _deleted FROM {self._of.source} AS a)"
        whole = self._of.matches(self._compared, "c", "s")
        known = (
            f"SELECT 1 FROM {self._latest()} AS c WHERE {self._same} AND c._event <> 'gone'"
            f" AND c._deleted = s._deleted" + (f" AND {whole}" if whole else "")
        )
        return self._insert(f"{source} AS s WHERE NOT EXISTS ({known})", self._now(), "s._deleted", "row")

    def add_gone(self) -> int:
        """Add an end to every key that is missing from the complete set that arrived."""
        missing = f"NOT EXISTS (SELECT 1 FROM {self._of.source} AS s WHERE {self._same})"
        alive = f"{self._latest()} AS c WHERE NOT c._deleted AND c._event <> 'gone' AND {missing}"
        return self._insert(alive, f"greatest(c._version, {self._high()})", "FALSE", "gone", prefix="c.")

    def add_back(self) -> int:
        """Add a new beginning for keys that are there again with a version not newer than their end."""
        source = f"(SELECT {self._listed} FROM {self._of.newest().source} AS a WHERE NOT ({self._flagged}))"
        joined = f"{source} AS s JOIN {self._latest()} AS c ON {self._same} WHERE c._event = 'gone'"
        return self._insert(joined, f"greatest(c._version, {self._high()})", "FALSE", "back")

    def rebuild(self, *, everything: bool) -> None:
        """Compute the history of every key that was changed in this run, or of all of them.

        Args:
            everything: The published table is new: if there is a log already, somebody has dropped the table.
        """
        target, keys = self._of.target, names(self._key)
        run = "TRUE" if everything else f"c._sequence = {self._sequence}"
        affected = self._engine.dialect == "duckdb"
        place = "_affected"
        self._engine.execute("DROP TABLE IF EXISTS " + place)
        self._engine.execute(
            f"CREATE TEMP TABLE {place}{'' if affected else ' ON COMMIT DROP'} AS"
            f" SELECT DISTINCT {keys} FROM {self._table} AS c WHERE {run}"
        )
        temporary = f"temp.{place}" if affected else place
        same = replace(self._of, source=temporary).same_key("t", "a")
        self._engine.execute(
            f"DELETE FROM {target} AS t WHERE EXISTS (SELECT 1 FROM {temporary} AS a WHERE {same})"
        )
        chosen = (
            f"SELECT * FROM {self._table} AS t WHERE EXISTS (SELECT 1 FROM {temporary} AS a WHERE {same})"
        )
        order = ", ".join(
            [
                "_deleted DESC",
                "_sequence DESC",
                *(f"{self._of.comparable(n)} DESC NULLS LAST" for n in self._content),
            ]
        )
        # One version, one row: of several that claim it a deletion wins, then what was seen last.
        single = (
            f"SELECT *, row_number() OVER (PARTITION BY {keys}, _version, CASE WHEN _event = 'row' THEN 0 ELSE"
            f" _sequence END ORDER BY {order}) AS _rank FROM ({chosen}) AS chosen"
        )
        timeline = f"PARTITION BY {keys} ORDER BY _version NULLS FIRST, _event <> 'row', _sequence"
        ordered = (
            f"SELECT *, lead(_version) OVER ({timeline}) AS _until, lead(1) OVER ({timeline}) IS NULL AS _last"
            f" FROM ({single}) AS single WHERE _rank = 1"
        )
        self._engine.execute(
            f"INSERT INTO {target} ({self._listed}, {names(VALIDITY)}) SELECT {self._listed}, _version, _until, _last"
            f" FROM ({ordered}) AS ordered WHERE NOT _deleted AND _event <> 'gone'"
        )
        self._engine.execute(f"DROP TABLE {temporary}")

    def _insert(self, rows: str, version: str, deleted: str, event: str, prefix: str = "s.") -> int:
        given = f"SELECT {names(self._of.names, prefix)}, {version} AS _version, {deleted} AS _deleted FROM {rows}"
        compared = ", ".join(self._of.comparable(name) for name in self._of.names)
        # PostgreSQL cannot tell whether two values of type json are equal; their text it can.
        distinct = "DISTINCT" if compared == self._listed else f"DISTINCT ON ({compared}, _version, _deleted)"
        return self._engine.execute(
            f"INSERT INTO {self._table} ({self._listed}, _version, _deleted, _event, _sequence, _run_id)"
            f" SELECT {distinct} {self._listed}, _version, _deleted, '{event}', {self._sequence},"
            f" {self._engine.literal(self._of.run_id)} FROM ({given}) AS given"
        )

    def _latest(self) -> str:
        """Return the last change of each key, as a subquery."""
        order = "_version DESC NULLS LAST, _event = 'row', _sequence DESC, _deleted DESC"
        return (
            f"(SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY {names(self._key)} ORDER BY {order}) AS _rank"
            f" FROM {self._table} AS log) AS ranked WHERE _rank = 1)"
        )

    def _high(self) -> str:
        """Return the time of what is noticed in this run, on the rows' own clock."""
        if self._of.version is None:
            return self._now()
        newest = f"(SELECT max({quoted(self._of.version)}) FROM {self._of.source} AS h)"
        return f"CAST({newest} AS {self._kind})"

    def _now(self) -> str:
        return self._engine.literal(self._moment)

    def _next_sequence(self) -> int:
        """Return a number, and a time, later than all in the log, whatever the clock says."""
        latest, moment = self._engine.query(
            f"SELECT coalesce(max(_sequence), 0), {self._last_moment()} FROM {self._table} AS log"
        )[0]
        started = self._of.started_at
        self._moment = (
            max(started, moment + timedelta(microseconds=1)) if isinstance(moment, datetime) else started
        )
        return max(int(latest) + 1, int(started.astimezone(UTC).timestamp() * 1_000_000))

    def _last_moment(self) -> str:
        return "max(_version)" if self._of.version is None else "NULL"
