"""Profiles of a bounded sample, computed by the system itself: one aggregate query per table.

Each SQL system states how it spells the few functions; the query and the reading of its row are here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .catalog import ColumnProfile, ProbedColumn, ProbedTable, Profile

MOST_TOP_VALUES = 12
VALUE_LIMIT = 200
"""Longest minimum, maximum or top value, in characters."""
COLUMNS_PER_QUERY = 200
"""PostgreSQL returns at most 1,664 columns; five are asked for per column of the table."""


@dataclass(frozen=True)
class ProfileDialect:
    """How a system spells what a profile needs.

    ``{c}`` is the quoted column, ``{n}`` a number of characters.
    """

    text: str
    """The value as text."""
    text_of: str
    """An aggregate ``{c}`` as text."""
    distinct_json: str
    """All distinct values, each cut to ``{n}`` characters, as a JSON list."""
    orderable: Callable[[ProbedColumn], bool]
    """Whether min() and max() take the column as it is; where not, its text is compared."""


def profile_query(
    columns: Sequence[str], kinds: Sequence[ProbedColumn], sample: str, dialect: ProfileDialect
) -> str:
    """Return the aggregate query over the sub-query ``sample``, for quoted ``columns``."""
    parts = ["count(*)"]
    for quoted, column in zip(columns, kinds, strict=True):
        text = dialect.text.format(c=quoted)
        ordered = quoted if dialect.orderable(column) else text
        values = dialect.distinct_json.format(c=quoted, n=VALUE_LIMIT)
        parts += [
            f"count({quoted})",
            f"count(DISTINCT {text})",
            dialect.text_of.format(c=f"min({ordered})"),
            dialect.text_of.format(c=f"max({ordered})"),
            f"CASE WHEN count(DISTINCT {text}) <= {MOST_TOP_VALUES} THEN {values} END",
        ]
    return f"SELECT {', '.join(parts)} FROM ({sample}) AS sampled"


def compute_profile(
    table: ProbedTable,
    *,
    rows: int,
    whole: bool = True,
    quote: Callable[[str], str],
    sample: Callable[[Sequence[str]], str],
    fetch: Callable[[str], Sequence[object]],
    dialect: ProfileDialect,
) -> Profile:
    """Profile a table, some hundred columns at a time.

    Args:
        table: The table, with its columns.
        rows: Most rows the sample holds.
        whole: The sample is read from the front, so that a short one is the whole table.
        quote: Quotes an identifier.
        sample: Makes the sub-query that reads the sample's rows, for a list of columns with aliases.
        fetch: Runs a query and returns its only row.
        dialect: How the system spells the functions.
    """
    profiles: dict[str, ColumnProfile] = {}
    counted = 0
    for start in range(0, len(table.columns), COLUMNS_PER_QUERY):
        chunk = table.columns[start : start + COLUMNS_PER_QUERY]
        # Own names: SQLite takes a sub-query's column called "TRUE" or "FALSE" for the word.
        aliases = [f"c{place}" for place in range(len(chunk))]
        shown = [f"{quote(column.name)} AS {alias}" for column, alias in zip(chunk, aliases, strict=True)]
        counted, cells = _cells(fetch(profile_query(aliases, chunk, sample(shown), dialect)))
        for place, column in enumerate(chunk):
            profiles[column.name] = _column(cells[5 * place : 5 * place + 5], counted)
    return Profile(
        table=table.full_name, sampled_rows=counted, complete=whole and counted < rows, columns=profiles
    )


def _cells(row: Sequence[object]) -> tuple[int, list[object]]:
    total, *cells = row
    return int(str(total)), cells


def _column(cells: Sequence[object], rows: int) -> ColumnProfile:
    filled, distinct, minimum, maximum, values = cells
    present = int(str(filled))
    listed = json.loads(str(values)) if values is not None else []
    return ColumnProfile(
        null_rate=(rows - present) / rows if rows else 0.0,
        distinct=int(str(distinct)),
        minimum=None if minimum is None else str(minimum)[:VALUE_LIMIT],
        maximum=None if maximum is None else str(maximum)[:VALUE_LIMIT],
        top_values=tuple(sorted(str(value) for value in listed if value is not None)),
    )
