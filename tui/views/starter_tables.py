"""The staging tables a starter transform is written from, and what joins two of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.design.models import PipelineDesign

from .transforms import selected_columns, staged_tables

_FEW_TABLES = 100
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED_WORDS = """
    all and any as asc at between by case cast check column constraint create cross default delete
    desc distinct do else end except exists false fetch for foreign from full grant group having in
    inner insert intersect interval into is join left like limit natural not null offset on or order
    outer primary qualify references right select set some table then to true union unique update
    user using values when where window with
"""
RESERVED = frozenset(_RESERVED_WORDS.split())


@dataclass(frozen=True)
class StarterTable:
    """One staging table a starter may use."""

    name: str
    """Name in staging."""
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...] = ()
    version_column: str | None = None
    links: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = ()
    """Foreign keys: own columns, the table they refer to, its columns."""
    schema: str = "staging"

    @property
    def full_name(self) -> str:
        """The table as a transform names what it reads."""
        return f"{self.schema}.{self.name}"

    @property
    def relation(self) -> str:
        """The table as it is written in a query."""
        return f"{quote(self.schema)}.{quote(self.name)}"

    def names(self) -> list[str]:
        """Return the column names."""
        return [name for name, _ in self.columns]


def quote(name: str) -> str:
    """Return an identifier as it must be written in SQL: bare where that is safe."""
    if _PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def starter_tables(
    design: PipelineDesign,
    foreign_keys: Mapping[str, Sequence[tuple[tuple[str, ...], str, tuple[str, ...]]]] | None = None,
) -> list[StarterTable]:
    """Return the staging tables of a design as starters use them.

    Args:
        design: The design; columns come from its probed schema.
        foreign_keys: By source table name, what the probe saw.
    """
    staging_names = {table.table: table.staging_name for table in staged_tables(design)}
    schema = design.destination.staging_schema or "staging"
    tables = []
    for source in design.sources:
        for table in source.tables:
            chosen = set(selected_columns(table))
            columns = tuple((c.name, c.type) for c in table.columns_probed if c.name in chosen)
            if not columns:
                columns = tuple((name, "text") for name in selected_columns(table))
            extraction = table.extraction or source.extraction
            watermark = extraction.watermark_column or source.extraction.watermark_column
            links = tuple(
                (own, staging_names[other], theirs)
                for own, other, theirs in (foreign_keys or {}).get(table.table, ())
                if other in staging_names
            )
            key = tuple(table.primary_key)
            version = watermark if watermark in chosen else None
            tables.append(StarterTable(table.staging_name, columns, key, version, links, schema))
    return tables


def link_between(left: StarterTable, right: StarterTable) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the columns that join two tables (left's, right's): foreign keys first, else a key both have."""
    for own, other, theirs in left.links:
        if other == right.name:
            return own, theirs
    for own, other, theirs in right.links:
        if other == left.name:
            return theirs, own
    for first, second in ((right, left), (left, right)):
        if first.key and set(first.key) <= set(second.names()):
            return first.key, first.key
    return None


def linked_pair(tables: Sequence[StarterTable], picked: Sequence[int]) -> list[int]:
    """Return two tables that a foreign key or a common key joins, the first one picked among them where it can be.

    Looks at the picked table against each other one; at all pairs only while there are few tables.
    """
    firsts = [picked[0]] if picked else []
    if len(tables) <= _FEW_TABLES:
        firsts += [index for index in range(len(tables)) if index not in firsts]
    for one in firsts:
        for other, table in enumerate(tables):
            if one != other and link_between(tables[one], table):
                return [one, other]
    return [firsts[0], 0 if firsts[0] else 1] if firsts and len(tables) > 1 else [0, 1]
