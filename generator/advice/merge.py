"""A fresh probe merged into a design: types and columns are the source's, every choice stays the user's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from generator.connectors.catalog import Catalog, ProbedTable
from generator.design.fork import fork
from generator.design.models import Column, Source, Table

ChangeKind = Literal[
    "table_added", "table_gone", "column_added", "column_gone", "type_changed", "nullable_changed",
    "key_filled", "key_gone",
    "watermark_gone", "choice_gone",
]  # fmt: skip
TableId = tuple[str | None, str]
"""Namespace and name."""


@dataclass(frozen=True)
class CatalogChange:
    """One difference between the design and what the source holds now; ``serious`` needs a decision."""

    table: str
    kind: ChangeKind
    text: str
    column: str = ""
    serious: bool = False


@dataclass(frozen=True)
class MergedSource:
    """The source as it should stand now, and what changed."""

    source: Source
    changes: tuple[CatalogChange, ...]


def merge_catalog(design_source: Source, catalog: Catalog, chosen: Iterable[TableId] = ()) -> MergedSource:
    """Return a copy of a source with the probed columns updated; tables that stay as they are are shared with it.

    Nothing the user chose is changed: keys, columns, strategies, watermarks, personal data, aliases; a table
    or column that is gone stays in the design and is reported. A key the source declares is filled in where
    none was chosen.

    Args:
        design_source: As the design has it.
        catalog: What the probe saw.
        chosen: Tables to take in that the design does not have yet.
    """
    source = design_source.model_copy(update={"tables": list(design_source.tables)})
    probed = {(table.namespace, table.name): table for table in catalog.tables}
    changes: list[CatalogChange] = []
    for index, before in enumerate(design_source.tables):
        table = fork(before)
        live = _find(table, probed)
        if live is None:
            text = "is not in the source, or not visible to this user"
            changes.append(CatalogChange(table.staging_name, "table_gone", text, serious=True))
            continue
        changes += _merge_table(table, live)
        if table != before:
            source.tables[index] = table
    present = {(table.namespace, table.table) for table in source.tables}
    taken = {table.staging_name for table in source.tables}
    for identity in chosen:
        if identity not in present and (live := probed.get(identity)) is not None:
            source.tables.append(new_table(live, taken))
            taken.add(source.tables[-1].staging_name)
            changes.append(CatalogChange(live.name, "table_added", f"taken with {len(live.columns)} columns"))
            present.add(identity)
    return MergedSource(source, tuple(changes))


def new_table(live: ProbedTable, taken: Collection[str] = ()) -> Table:
    """Return a probed table as an entry of the design: all columns, its key, an alias where needed.

    Args:
        live: As probed.
        taken: Staging names of the other tables; a set where there may be thousands.
    """
    name = live.alias or live.name
    alias = live.alias
    if name in taken:
        base = f"{live.namespace}_{name}" if live.namespace else name
        names = [base, *(f"{base}_{number}" for number in range(2, 1_000))]
        alias = next(name for name in names if name not in taken)
    return Table(
        namespace=live.namespace,
        table=live.name,
        alias=alias,
        primary_key=list(live.primary_key),
        columns_probed=columns_of(live),
    )


def columns_of(live: ProbedTable) -> list[Column]:
    """Return probed columns as the design keeps them."""
    return [
        Column(
            name=column.name,
            type=column.type,
            nullable=column.nullable,
            source_type=column.source_type,
            caveat=column.caveat,
        )
        for column in live.columns
    ]


def _find(table: Table, probed: dict[TableId, ProbedTable]) -> ProbedTable | None:
    if (table.namespace, table.table) in probed:
        return probed[(table.namespace, table.table)]
    # A design without namespaces means the connection's default one: take the only table of that name.
    same = [live for (_, name), live in probed.items() if name == table.table]
    return same[0] if table.namespace is None and len(same) == 1 else None


def _merge_table(table: Table, live: ProbedTable) -> list[CatalogChange]:
    before = {column.name: column for column in table.columns_probed}
    after = {column.name: column for column in columns_of(live)}
    name = table.staging_name
    changes: list[CatalogChange] = []
    for column in after.values():
        old = before.get(column.name)
        if old is None:
            if before:
                taken = "taken, too" if table.columns == "*" else "not taken: only chosen columns are"
                text = f"new column {column.name} ({column.type}), {taken}"
                changes.append(CatalogChange(name, "column_added", text, column.name))
        elif old.type != column.type:
            text = f"{column.name} was {old.type} and is {column.type}"
            changes.append(CatalogChange(name, "type_changed", text, column.name, serious=True))
        elif old.nullable != column.nullable:
            text = f"{column.name} {'may be' if column.nullable else 'is never'} NULL now"
            changes.append(CatalogChange(name, "nullable_changed", text, column.name))
    changes += [
        CatalogChange(name, "column_gone", f"column {gone} is gone", gone)
        for gone in before
        if gone not in after
    ]
    if list(after.values()) != table.columns_probed:
        table.columns_probed = list(after.values())
    if not table.primary_key and live.primary_key:
        table.primary_key = list(live.primary_key)
        changes.append(CatalogChange(name, "key_filled", f"key {' + '.join(live.primary_key)}, as declared"))
    changes += _lost_choices(table, after)
    return changes


def _lost_choices(table: Table, after: dict[str, Column]) -> list[CatalogChange]:
    """Return choices that name a column the source does not have; they stay as they are."""
    name = table.staging_name
    lost = [
        CatalogChange(name, "key_gone", f"key column {part} is gone: choose another key", part, serious=True)
        for part in table.primary_key
        if part not in after
    ]
    watermark = table.extraction.watermark_column if table.extraction else None
    if watermark and watermark not in after:
        text = f"watermark column {watermark} is gone: choose another, or a full extract"
        lost.append(CatalogChange(name, "watermark_gone", text, watermark, serious=True))
    chosen = [*(table.columns if table.columns != "*" else []), *table.pii]
    lost += [
        CatalogChange(name, "choice_gone", f"chosen column {part} is gone", part, serious=True)
        for part in dict.fromkeys(chosen)
        if part not in after
    ]
    return lost
