"""The loading strategies as set-based SQL: each brings a published table into step with rows that arrive.

All are idempotent: applying the same rows again changes nothing. Older rows never overwrite newer ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..engines.base import names, quoted
from ..utils.retry import LoadError
from .history import apply_scd2
from .publication import Publication
from .swap import swap_in

RUN_COLUMN = "_run_id"
_EQUAL_IS_SAME = re.compile(
    r"(?:BOOLEAN|(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DECIMAL\(.*|VARCHAR|BLOB|UUID|DATE|TIME|TIMESTAMP.*)"
)
"""DuckDB types of which equal values are the same value; of others 0.0 equals -0.0, and 30 days equal a month."""

_NUMBERS = (
    "smallint", "integer", "bigint", "tinyint", "utinyint", "hugeint", "decimal", "numeric", "real", "float", "double",
)  # fmt: skip
_TEXTS = ("varchar", "text", "character")
_NO = ("", "0", "n", "no", "f", "false", "off")
"""What a text says, in lower case, that marks a row as not deleted."""


@dataclass(frozen=True)
class Applied:
    """What a strategy did: rows that arrived, rows written, rows deleted; and all published rows, where it knows."""

    arrived: int
    written: int
    deleted: int = 0
    published: int | None = None


def append(publication: Publication) -> Applied:
    """Add the rows that are not there yet, each with the id of the run that brought it.

    An incremental run reads again the rows that share the last watermark, so those already there must be told from
    new ones: by key and version where both are known, else by counting equal rows.
    """
    engine, target = publication.engine, publication.target
    fresh = publication.ensure([(RUN_COLUMN, "TEXT")])
    arrived = publication.count()
    run = engine.literal(publication.run_id)
    listed = names(publication.names)
    insert = f"INSERT INTO {target} ({listed}, {quoted(RUN_COLUMN)}) SELECT {names(publication.names, 's.')}, {run}"
    tail = f" AND ({publication.within('t.')})"
    if publication.loading.key and publication.version:
        identity = tuple(dict.fromkeys([*publication.key(), publication.version]))
        single = replace(
            publication, loading=replace(publication.loading, key=identity), unique=False
        ).newest()
        same = publication.matches(identity, "t", "s")
        new = f"{single.source} AS s WHERE NOT EXISTS (SELECT 1 FROM {target} AS t WHERE {same}{tail})"
    else:
        new = f"{publication.source if fresh else uncounted(publication, tail)} AS s"
    return Applied(arrived, engine.execute(f"{insert} FROM {new}"))


def refill(publication: Publication) -> Applied:
    """Replace the rows of the range that was read, where there is no key to tell them apart by.

    Rows that were read without a range (a replay) are added unless they are there.
    """
    publication.ensure()
    arrived = publication.count()
    if publication.low is None:
        return Applied(arrived, _insert(replace(publication, source=uncounted(publication))))
    deleted = publication.engine.execute(f"DELETE FROM {publication.target} WHERE {publication.within()}")
    return Applied(arrived, _insert(publication), deleted)


def uncounted(publication: Publication, tail: str = "") -> str:
    """Return the arriving rows less the equal ones already there: of three equal rows with two there, one is left."""
    published = dict(publication.engine.columns(publication.schema, publication.table))
    present = [name for name in publication.names if name in published and name not in publication.dropped]
    compared = ", ".join(publication.comparable(name) for name in present)
    numbered = f"row_number() OVER (PARTITION BY {compared}) AS _pipeline_copy"
    listed = names(publication.names)
    there = f"(SELECT {listed}, {numbered} FROM {publication.target} AS t WHERE TRUE{tail})"
    same = publication.matches(present, "t", "s")
    return (
        f"(SELECT {listed} FROM (SELECT {listed}, {numbered} FROM {publication.source} AS s) AS s"
        f" WHERE NOT EXISTS (SELECT 1 FROM {there} AS t WHERE {same} AND t._pipeline_copy = s._pipeline_copy))"
    )


def overwrite(publication: Publication) -> Applied:
    """Put the rows in the place of the table, or of the partitions they belong to."""
    engine, field = publication.engine, publication.loading.partition_field
    if field is None or not publication.present():
        arrived = publication.count()
        swap_in(publication)
        return Applied(arrived, arrived, published=arrived)
    if field not in publication.names:
        raise LoadError(f"{publication.table}: its rows have no partition column {field}")
    publication.ensure()
    arrived = publication.count()
    deleted = engine.execute(
        f"DELETE FROM {publication.target} AS t WHERE EXISTS (SELECT 1 FROM {publication.source} AS s"
        f" WHERE s.{quoted(field)} IS NOT DISTINCT FROM t.{quoted(field)})"
    )
    return Applied(arrived, _insert(publication), deleted)


def upsert(publication: Publication) -> Applied:
    """Insert rows with new keys and update those with known ones, unless what is there is newer."""
    arrived = publication.count()
    newest = publication.newest()
    if not newest.present():
        kept = arrived if newest.source == publication.source else newest.count()
        swap_in(newest)
        return Applied(arrived, kept, published=kept)
    newest.ensure()
    return Applied(arrived, write_newer(newest))


def scd3(publication: Publication) -> Applied:
    """Upsert; a tracked column that changes leaves its old value in ``previous_<column>``."""
    arrived = publication.count()
    publication = publication.newest()
    tracked = [name for name in publication.loading.tracked_columns if name in publication.names]
    kinds = dict(publication.columns)
    publication.ensure([(f"previous_{name}", kinds[name]) for name in tracked])
    return Applied(arrived, write_newer(publication, tracked))


def merge(publication: Publication) -> Applied:
    """Upsert, and delete what is gone: rows flagged as deleted, and rows missing from a complete set.

    A flagged row leaves a tombstone with its version, so that an older version that arrives late stays out.
    """
    arrived = publication.count()
    publication = publication.newest()
    fresh = publication.ensure()
    deleted = 0
    if publication.complete and not fresh:
        same = publication.same_key("t", "s")
        deleted += publication.engine.execute(
            f"DELETE FROM {publication.target} AS t"
            f" WHERE NOT EXISTS (SELECT 1 FROM {publication.source} AS s WHERE {same})"
        )
    if publication.loading.deleted_column:
        publication, removed = _bury(publication)
        deleted += removed
    return Applied(arrived, write_newer(publication), deleted)


def _bury(publication: Publication) -> tuple[Publication, int]:
    """Delete flagged rows and keep their tombstones; return the publication of the living, and rows deleted."""
    engine, version, key = publication.engine, publication.version, publication.key()
    same, flag = publication.same_key("t", "s"), flagged(publication)
    gone = f"(SELECT * FROM {publication.source} AS a WHERE {flag})"
    newer = _newer(version)
    deleted = engine.execute(
        f"DELETE FROM {publication.target} AS t WHERE EXISTS (SELECT 1 FROM {gone} AS s WHERE {same}{newer})"
    )
    alive = f"(SELECT {names(publication.names)} FROM {publication.source} AS s WHERE NOT ({flag}))"
    if version is None:
        return replace(publication, source=alive), deleted
    kinds = dict(publication.columns)
    tombstones = replace(
        publication, columns=tuple((name, kinds[name]) for name in dict.fromkeys((*key, version)))
    )
    tombstones.ensure(suffix="__tombstones")
    graves = engine.relation(publication.schema, publication.table + "__tombstones")
    listed = names(tombstones.names)
    engine.execute(
        f"DELETE FROM {graves} AS t WHERE EXISTS (SELECT 1 FROM {publication.source} AS s WHERE {same}"
        f" AND s.{quoted(version)} > t.{quoted(version)})"
    )
    engine.execute(
        f"INSERT INTO {graves} ({listed}) SELECT {listed} FROM {gone} AS s"
        f" WHERE NOT EXISTS (SELECT 1 FROM {graves} AS t WHERE {same})"
    )
    alive = (
        f"(SELECT {names(publication.names)} FROM {publication.source} AS s WHERE NOT ({flag})"
        f" AND NOT EXISTS (SELECT 1 FROM {graves} AS t WHERE {same}))"
    )
    return replace(publication, source=alive), deleted


def flagged(publication: Publication) -> str:
    """Return the condition that a row is marked as deleted.

    A truth value is true, a number not zero, a text none of the words for no, and anything else, as a time, not NULL.
    """
    name = publication.loading.deleted_column
    if name is None or name not in publication.names:
        return "FALSE"
    kind = dict(publication.columns)[name].lower()
    if kind.startswith("bool"):
        return f"coalesce({quoted(name)}, FALSE)"
    if kind.startswith(_NUMBERS):
        return f"coalesce({quoted(name)}, 0) <> 0"
    if kind.startswith(_TEXTS):
        words = ", ".join(f"'{word}'" for word in _NO)
        return f"lower(trim(coalesce({quoted(name)}, ''))) NOT IN ({words})"
    return f"{quoted(name)} IS NOT NULL"


def write_newer(publication: Publication, tracked: list[str] | None = None) -> int:
    """Insert and update by key where the arriving row is not older; return the rows written.

    Args:
        publication: The rows, one for each key.
        tracked: Columns whose old value moves to ``previous_<column>`` when they change.
    """
    engine, target, key = publication.engine, publication.target, publication.key()
    listed = names(publication.names)
    others = [name for name in publication.names if name not in key and name not in publication.dropped]
    fresh = "s" if engine.dialect == "duckdb" else "excluded"
    if engine.dialect == "duckdb":
        others = _differing(publication, others)
    changes = [f"{quoted(name)} = {fresh}.{quoted(name)}" for name in others]
    for name in [name for name in tracked or [] if name not in publication.dropped]:
        new, old, kept = f"{fresh}.{quoted(name)}", f"t.{quoted(name)}", quoted(f"previous_{name}")
        differs = f"{publication.comparable(name, fresh + '.')} IS DISTINCT FROM {publication.comparable(name, 't.')}"
        changes.append(f"{kept} = CASE WHEN {differs} THEN {old} ELSE t.{kept} END" if new else "")
    newer = _newer(publication.version, fresh)
    if engine.dialect == "duckdb":
        update = f" WHEN MATCHED{newer} THEN UPDATE SET {', '.join(changes)}" if changes else ""
        return engine.execute(
            f"MERGE INTO {target} AS t USING (SELECT {listed} FROM {publication.source} AS a) AS s"
            f" ON ({publication.same_key('t', 's')}){update}"
            f" WHEN NOT MATCHED THEN INSERT ({listed}) VALUES ({names(publication.names, 's.')})"
        )
    publication.create_unique_index()
    condition = f" WHERE {newer.removeprefix(' AND ')}" if newer else ""
    update = f"UPDATE SET {', '.join(changes)}{condition}" if changes else "NOTHING"
    return engine.execute(
        f"INSERT INTO {target} AS t ({listed}) SELECT {listed} FROM {publication.source} AS s"
        f" ON CONFLICT ({names(key)}) DO {update}"
    )


def _differing(publication: Publication, columns: Sequence[str]) -> list[str]:
    """Return the columns in which any arriving row differs from the one it updates.

    DuckDB keeps each column by itself: writing those that stay the same takes most of the time of an update.
    """
    engine = publication.engine
    kinds = dict(engine.columns(publication.schema, publication.table))
    compared = [name for name in columns if _EQUAL_IS_SAME.fullmatch(kinds[name])]
    if not compared:
        return list(columns)
    differs = ", ".join(f"bool_or(s.{quoted(name)} IS DISTINCT FROM t.{quoted(name)})" for name in compared)
    answers = engine.query(
        f"SELECT {differs} FROM {publication.target} AS t JOIN {publication.source} AS s"
        f" ON ({publication.same_key('t', 's')}{_newer(publication.version)})"
    )[0]
    same = {name for name, differ in zip(compared, answers, strict=True) if not differ}
    return [name for name in columns if name not in same]


def _newer(version: str | None, fresh: str = "s") -> str:
    """Return the condition that an arriving row is not older than the one there."""
    if version is None:
        return ""
    return f" AND ({fresh}.{quoted(version)} >= t.{quoted(version)} OR t.{quoted(version)} IS NULL)"


def _insert(publication: Publication) -> int:
    listed = names(publication.names)
    return publication.engine.execute(
        f"INSERT INTO {publication.target} ({listed}) SELECT {listed} FROM {publication.source} AS s"
    )


def scd2(publication: Publication) -> Applied:
    """Keep every version with the time it was valid (see `history`)."""
    arrived = publication.count()
    written = apply_scd2(publication, flagged(publication))
    return Applied(arrived, written)


STRATEGIES: dict[str, Callable[[Publication], Applied]] = {
    "append": append, "overwrite": overwrite, "upsert": upsert, "merge": merge, "scd1": upsert, "scd2": scd2,
    "scd3": scd3,
}  # fmt: skip
