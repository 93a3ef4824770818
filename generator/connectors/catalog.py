"""What a probe brings back: plain, serialisable facts about a live system."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from generator.design.types import LogicalType


class Fact(BaseModel):
    """Base of all probe results: immutable and JSON-serialisable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProbedColumn(Fact):
    """One column; ``source_type`` is the system's own spelling, ``caveat`` what cannot be carried exactly and why."""

    name: str
    type: LogicalType = "text"
    nullable: bool = True
    source_type: str = ""
    comment: str = ""
    caveat: str = ""


class ForeignKey(Fact):
    """Columns of this table that refer to another one."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]
    namespace: str | None = None


class ProbedTable(Fact):
    """One table, view or file set. ``rows`` is the system's own estimate, None where it has none."""

    namespace: str | None = None
    name: str
    kind: Literal["table", "view", "files"] = "table"
    columns: tuple[ProbedColumn, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    rows: int | None = None
    size_bytes: int | None = None
    comment: str = ""

    @property
    def full_name(self) -> str:
        """Name with its namespace, for people."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


class Catalog(Fact):
    """Everything a probe saw. ``system`` is the server's own name and version."""

    connector: str
    system: str = ""
    tables: tuple[ProbedTable, ...] = ()
    elapsed_seconds: float = 0.0
    warnings: tuple[str, ...] = ()


class Sample(Fact):
    """Rows to look at; values are display strings, None is NULL."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...] = ()


class ColumnProfile(Fact):
    """What the bounded sample says of one column; ``null_rate`` in 0..1, min and max as display strings."""

    null_rate: float
    distinct: int
    minimum: str | None = None
    maximum: str | None = None
    top_values: tuple[str, ...] = Field((), description="All distinct values when there are at most 12")


class Profile(Fact):
    """Facts about a bounded sample; ``complete`` when the sample was the whole table."""

    table: str
    sampled_rows: int
    complete: bool = False
    columns: dict[str, ColumnProfile] = Field(default_factory=dict)
