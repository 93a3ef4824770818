"""One table's publication: the rows that arrive, the table they go to, and how its shape follows theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..engines.base import Column, Engine, fit, names, quoted
from ..settings import LoadingSettings
from ..utils.retry import LoadError

_SIZES = ("smallint", "integer", "bigint", "hugeint", "numeric", "decimal", "double", "text", "varchar")
_SAME = {"character varying": "varchar", "double precision": "double", "int": "integer", "float": "real"}
_EXACT = {("smallint", "real"), ("real", "double"), ("uuid", "text"), ("uuid", "varchar")}
"""Types beside `_SIZES` every value of which another holds."""


@dataclass(frozen=True)
class Publication:
    """Rows to be applied to a published table, inside the publishing transaction.

    Attributes:
        engine: Where both lie.
        schema: The published table's schema.
        table: Its name.
        source: The arriving rows, as a relation or a subquery in parentheses.
        columns: Their columns, as the engine spells the types.
        loading: How they are applied.
        run_id: This run.
        started_at: When it started.
        complete: The rows are the whole table as it is now, so what is missing from them is gone.
        low: They are all rows from this watermark on (text), those without one included; None: all.
        high: They end before this watermark, and rows without one are not among them.
        watermark: The watermark column.
        unique: The rows are known to hold each key once.
        movable: Schema and name of a table that holds just these rows and may itself become the published one.
        dropped: Columns the source has no more: they arrive as NULL, but what is published in them stays.
    """

    engine: Engine
    schema: str
    table: str
    source: str
    columns: tuple[Column, ...]
    loading: LoadingSettings
    run_id: str
    started_at: datetime
    complete: bool = True
    low: str | None = None
    high: str | None = None
    watermark: str | None = None
    unique: bool = False
    movable: tuple[str, str] | None = None
    dropped: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The published table's full name."""
        return self.engine.relation(self.schema, self.table)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arriving columns."""
        return tuple(name for name, _ in self.columns)

    @property
    def version(self) -> str | None:
        """The column whose greater value is the newer row, None where there is none."""
        name = self.loading.version_column or self.watermark
        return name if name in self.names else None

    def key(self) -> tuple[str, ...]:
        """Return the key.

        Raises:
            LoadError: there is none, or the rows lack a column of it.
        """
        missing = [name for name in self.loading.key if name not in self.names]
        if missing or not self.loading.key:
            reason = f"its rows have no column {', '.join(missing)}" if missing else "it has no key"
            raise LoadError(f"{self.table} cannot be loaded by {self.loading.strategy}: {reason}")
        return self.loading.key

    def comparable(self, name: str, prefix: str = "") -> str:
        """Return a column as a value that can be compared and sorted."""
        kind = dict(self.columns).get(name, "")
        plain = not kind.lower().startswith(("json", "xml", "point", "struct", "map", "union"))
        return f"{prefix}{quoted(name)}" if plain else f"CAST({prefix}{quoted(name)} AS TEXT)"

    def matches(self, columns: Sequence[str], left: str, right: str) -> str:
        """Return the condition that two rows agree in some columns, NULL agreeing with NULL."""
        return " AND ".join(
            f"{self.comparable(name, left + '.')} IS NOT DISTINCT FROM {self.comparable(name, right + '.')}"
            for name in columns
        )

    def same_key(self, left: str, right: str) -> str:
        """Return the condition that two rows have the same key.

        PostgreSQL can only hash or merge a join on plain equality, so NULL is provided for only where a key has one.
        """
        key = self.key()
        if self.engine.dialect == "duckdb":
            return self.matches(key, left, right)
        empty = " OR ".join(f"{quoted(name)} IS NULL" for name in key)
        if self.engine.query(f"SELECT 1 FROM {self.source} AS s WHERE {empty} LIMIT 1"):
            return self.matches(key, left, right)
        return " AND ".join(f"{left}.{quoted(name)} = {right}.{quoted(name)}" for name in key)

    def newest(self) -> Publication:
        """Return the same publication with one row for each key: the newest, the greatest among equals."""
        if self.unique:
            return self
        keys = names(self.key())
        if not self.engine.query(
            f"SELECT 1 FROM {self.source} AS s GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"
        ):
            return replace(self, unique=True)
        first = [self.version] if self.version else []
        order = [*first, *(name for name in self.names if name not in first)]
        ranked = ", ".join(f"{self.comparable(name)} DESC NULLS LAST" for name in order)
        source = (
            f"(SELECT {names(self.names)} FROM (SELECT {names(self.names)}, row_number() OVER"
            f" (PARTITION BY {keys} ORDER BY {ranked}) AS _pipeline_place FROM {self.source} AS s) AS ranked"
            " WHERE _pipeline_place = 1)"
        )
        return replace(self, source=source, unique=True, movable=None)

    def within(self, prefix: str = "") -> str:
        """Return the condition that a published row lies in the range the arriving ones were read from."""
        if self.low is None or self.watermark not in self.names:
            return "TRUE"
        name = f"{prefix}{quoted(self.watermark or '')}"
        kind = dict(self.columns)[self.watermark or ""]
        low, high = (f"CAST({self.engine.literal(bound)} AS {kind})" for bound in (self.low, self.high))
        return (
            f"{name} >= {low} OR {name} IS NULL"
            if self.high is None
            else f"{name} >= {low} AND {name} < {high}"
        )

    def count(self) -> int:
        """Return the number of arriving rows."""
        return int(self.engine.query(f"SELECT count(*) FROM {self.source} AS s")[0][0])

    def present(self) -> bool:
        """Tell whether the published table is there."""
        return bool(self.engine.columns(self.schema, self.table))

    def ensure(self, extra: Sequence[Column] = (), suffix: str = "") -> bool:
        """Create the table, or give it the columns and widths of the arriving rows; return whether it is new.

        Args:
            extra: Columns it has besides.
            suffix: Makes it a table beside the published one.

        Raises:
            LoadError: a column is there with a type that cannot hold the arriving values.
        """
        name = self.table + suffix
        relation = self.engine.relation(self.schema, name)
        wanted = [*self.columns, *extra]
        existing = dict(self.engine.columns(self.schema, name))
        if not existing:
            columns = ", ".join(f"{quoted(column)} {kind}" for column, kind in wanted)
            self.engine.execute(f"CREATE TABLE {relation} ({columns})")
            return True
        for column, kind in wanted:
            if column not in existing:
                self.engine.execute(f"ALTER TABLE {relation} ADD COLUMN {quoted(column)} {kind}")
            elif existing[column] != kind and _wider(kind, existing[column]):
                self.engine.execute(f"ALTER TABLE {relation} ALTER COLUMN {quoted(column)} TYPE {kind}")
            elif existing[column] != kind and not _fits(kind, existing[column]):
                raise LoadError(
                    f"{name}.{column} is {existing[column]} in the destination and arrives as {kind}; "
                    f"change the column there, or give {column} that type in the configuration"
                )
        return False

    def create_unique_index(self) -> None:
        """Make PostgreSQL keep the key unique, NULL counting as a value; ON CONFLICT needs it."""
        key = self.key()
        index = quoted(fit(f"{self.table}__{'_'.join(key)}__key"))
        self.engine.execute(
            f"CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {self.target} ({names(key)}) NULLS NOT DISTINCT"
        )


def _base(kind: str) -> str:
    """Return a type without its parameters, under one name for all engines."""
    base = kind.lower().partition("(")[0].strip()
    return _SAME.get(base, base)


def _rank(kind: str) -> int | None:
    base = _base(kind)
    return _SIZES.index(base) if base in _SIZES else None


def _parameters(kind: str) -> tuple[int, int] | None:
    inside = kind.partition("(")[2].rstrip(")")
    parts = [part.strip() for part in inside.split(",")]
    return (
        (int(parts[0]), int(parts[1])) if len(parts) == 2 and all(part.isdigit() for part in parts) else None
    )


def _wider(new: str, old: str) -> bool:
    """Tell whether every value of the old type is a value of the new one, and not the other way round."""
    if (_base(old), _base(new)) in _EXACT:
        return True
    new_rank, old_rank = _rank(new), _rank(old)
    if new_rank is None or old_rank is None:
        return new.lower().startswith("timestamp") and old.lower() == "date"
    fresh, stale = _parameters(new), _parameters(old)
    if fresh and stale:
        return fresh != stale and fresh[1] >= stale[1] and fresh[0] - fresh[1] >= stale[0] - stale[1]
    if stale and new.lower() == "numeric":
        return True
    if new_rank <= old_rank or {_SIZES[new_rank], _SIZES[old_rank]} <= {"text", "varchar"}:
        return False
    if fresh:
        return fresh[0] - fresh[1] >= {0: 5, 1: 10, 2: 19}.get(old_rank, 99)
    if _SIZES[new_rank] == "double":
        return _SIZES[old_rank] in {"smallint", "integer"}
    return _SIZES[new_rank] not in {"text", "varchar"}


def _fits(new: str, old: str) -> bool:
    """Tell whether values of the new type can be stored in a column of the old one without loss."""
    if _wider(old, new):
        return True
    texts = {"text", "varchar", "character varying"}
    if old.lower().partition("(")[0] in texts:
        return new.lower().partition("(")[0] in texts
    return new.lower().replace(" ", "") == old.lower().replace(" ", "")
