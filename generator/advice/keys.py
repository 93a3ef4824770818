"""What identifies a row: the declared key, else the smallest set of columns that is unique in the sample."""

from __future__ import annotations

import re
from itertools import combinations

from generator.connectors.catalog import ProbedColumn, ProbedTable, Profile, Sample

from .advice import Advice
from .personal_data import snake_case

MIN_ROWS = 20
"""Fewer sample rows prove nothing about uniqueness."""
_TRUSTED_ROWS = 1_000
_IDENTIFIER = re.compile(r"(.*_)?(id|uuid|guid|key|code|sku|number|no|nr|isbn|ean|iban|oid|pk|hash|slug)")
_PART = re.compile(
    r"(.*_)?(id|uuid|key|code|sku|no|nr|number|line|line_no|position|seq|sequence|day|date|month|year)"
)
_MOST_PARTS = 3


def advise_primary_key(
    table: ProbedTable, profile: Profile | None = None, sample: Sample | None = None
) -> Advice[tuple[str, ...]] | None:
    """Recommend a primary key; None when neither the catalogue nor the sample shows one.

    Args:
        table: As probed.
        profile: Facts about a sample, for single columns.
        sample: Rows, for combinations of columns.
    """
    if table.primary_key:
        return Advice(table.primary_key, "declared as the primary key", rule="key.declared")
    singles = _unique_columns(table, profile) if profile else []
    if singles and profile:
        best, *others = singles
        whole = "the whole table" if profile.complete else f"a sample of {profile.sampled_rows:,} rows"
        return Advice(
            (best,),
            f"no key is declared; {best} is unique and never NULL in {whole}"
            + ("" if profile.complete else ", which is evidence, no proof"),
            (others[0],) if others else None,
            f"{others[0]} is unique in the sample, too" if others else "",
            rule="key.unique_in_profile",
        )
    if sample is not None and (parts := _unique_combination(table, sample)):
        return Advice(
            parts,
            f"no key is declared; {' + '.join(parts)} together are unique in a sample of"
            f" {len(sample.rows)} rows,"
            " which is evidence, no proof",
            rule="key.unique_in_sample",
        )
    return None


def _unique_columns(table: ProbedTable, profile: Profile) -> list[str]:
    """Return the columns unique in the profile that look like identifiers, the likeliest first."""
    if profile.sampled_rows < MIN_ROWS:
        return []
    found = []
    for position, column in enumerate(table.columns):
        facts = profile.columns.get(column.name)
        if facts is None or facts.null_rate > 0 or facts.distinct != profile.sampled_rows:
            continue
        rank = _rank(table, column)
        # A value that merely happens to differ on every row is no key: without the name it takes many rows.
        if rank is None or (rank >= 4 and profile.sampled_rows < _TRUSTED_ROWS):
            continue
        found.append((rank, position, column.name))
    return [name for _, _, name in sorted(found)]


def _rank(table: ProbedTable, column: ProbedColumn) -> int | None:
    """Return how much a column looks like the key, 0 most; None for one that cannot be it."""
    name, owner = snake_case(column.name), snake_case(table.name)
    if column.type not in {"smallint", "integer", "bigint", "uuid", "text", "decimal"} and not re.fullmatch(
        r"decimal\(\d+,0\)", column.type
    ):
        return None
    own = {owner, owner.removesuffix("s"), owner.removesuffix("es"), re.sub(r"ies$", "y", owner)}
    if name == "id" or name in {
        f"{word}_{end}" for word in own for end in ("id", "uuid", "key", "no", "number")
    }:
        return 0
    if column.type == "uuid" or name in {"uuid", "guid", "pk", "oid"}:
        return 1
    if _IDENTIFIER.fullmatch(name):
        return 2 if column.type != "text" else 3
    return 4 if column.type in {"smallint", "integer", "bigint"} else None


def _unique_combination(table: ProbedTable, sample: Sample) -> tuple[str, ...]:
    """Return the smallest set of key-like columns whose values together differ on every sample row."""
    if len(sample.rows) < MIN_ROWS:
        return ()
    positions = [
        sample.columns.index(column.name)
        for column in table.columns
        if column.name in sample.columns and _PART.fullmatch(snake_case(column.name))
    ][:12]
    complete = [at for at in positions if all(row[at] is not None for row in sample.rows)]
    for size in range(1, _MOST_PARTS + 1):
        for parts in combinations(complete, size):
            if len({tuple(row[at] for at in parts) for row in sample.rows}) == len(sample.rows):
                return tuple(sample.columns[at] for at in parts)
    return ()
