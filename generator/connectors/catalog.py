"""What a probe brings back: plain, serialisable facts about a live system."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from generator.design.types import LogicalType

SAMPLE_ROWS = 100
"""Rows of a sample, unless asked for more; a table with fewer is in its sample as a whole."""


class Fact(BaseModel):
    """Base of all probe results: immutable and JSON-serialisable."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProbedColumn(Fact):
    """One column.

    ``source_type`` is the system's own spelling, ``caveat`` what cannot be carried exactly and why.
    """

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
    """One table, view, file set, topic or API resource.

    ``name`` is what a design's ``tables[].table`` takes and what the extractor asks the system for: a
    table's name, a
    glob relative to the folder, a topic. ``alias`` is the suggested staging name, given where ``name``
    would make a poor
    one (a glob). ``rows`` is the system's own estimate, None where it has none.
    """

    namespace: str | None = None
    name: str
    alias: str | None = None
    kind: Literal["table", "view", "files", "topic", "resource"] = "table"
    columns: tuple[ProbedColumn, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = Field(
        (), description="Columns of each index but the primary key's"
    )
    rows: int | None = None
    size_bytes: int | None = None
    comment: str = ""

    warnings: tuple[str, ...] = Field(
        (), description="What to know before taking this table, each one sentence"
    )

    @property
    def full_name(self) -> str:
        """Name with its namespace, for people."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


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


class Look(Fact):
    """Rows of one table and facts about them, brought back together; ``failure`` says why there are none."""

    table: str
    """The table's full name."""
    sample: Sample | None = None
    profile: Profile | None = None
    failure: str = ""
