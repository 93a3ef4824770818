"""The types of text fields, decided by what a cast of the text would do, as a pipeline reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MOSTLY = 0.95
"""Share of the sampled values that must fit a type for a column to get it; the rest become dead letters."""
LOOK_ROWS = 20_000
EXACT_DIGITS = 15
"""Decimal digits a double always carries."""
_DAY = r"\d\d\d\d-\d\d-\d\d"

# A number with a leading zero or plus is a code (postal, phone): as a number it would lose a character.
_NUMBER = r"-?(0|[1-9]\d*)"
_MOMENT = rf"^{_DAY}[ T]\d\d:\d\d"
_TESTS: Mapping[str, str] = {
    "boolean": "lower({c}) IN ('true', 'false')",
    "bigint": f"regexp_full_match({{c}}, '{_NUMBER}') AND TRY_CAST({{c}} AS BIGINT) IS NOT NULL",
    "number": rf"regexp_full_match({{c}}, '{_NUMBER}(\.\d+)?([eE][+-]?\d+)?')",
    "date": f"regexp_full_match({{c}}, '{_DAY}') AND TRY_CAST({{c}} AS DATE) IS NOT NULL",
    "timestamp": f"regexp_matches({{c}}, '{_MOMENT}') AND TRY_CAST({{c}} AS TIMESTAMP) IS NOT NULL",
    "zoned": rf"regexp_matches({{c}}, '{_MOMENT}.*(Z|[+-]\d\d(:?\d\d)?)$')",
    "uuid": "regexp_full_match({c}, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')",
    "fine": r"regexp_matches({c}, ':\d\d\.\d{6}\d*[1-9]')",
    "long": f"length(regexp_replace({{c}}, '[^0-9]', '', 'g')) > {EXACT_DIGITS}",
}
TESTS_PER_COLUMN = len(_TESTS) + 1
_CHOICES = ("boolean", "bigint", "number", "date", "zoned", "timestamp", "uuid")


def counting_expressions(column: str) -> list[str]:
    """Return the aggregates that `chosen_type` needs, for a quoted column."""
    tests = [f"count(*) FILTER ({test.replace('{c}', column)})" for test in _TESTS.values()]
    return [f"count({column})", *tests]


def chosen_type(counts: Sequence[int]) -> tuple[str, str]:
    """Return the logical type of a text column and what does not fit it (empty: nothing)."""
    total, fits = counts[0], dict(zip(_TESTS, counts[1:], strict=True))
    if total == 0:
        return "text", "the column holds no value to tell its type from"
    # Some whole days among the moments are moments too.
    fits["timestamp"] += fits["date"] if fits["timestamp"] else 0
    for choice in _CHOICES:
        if fits[choice] >= MOSTLY * total:
            told = [_misfits(total - fits[choice], total)]
            if choice in {"timestamp", "zoned"} and fits["fine"]:
                told.append("digits beyond microseconds are cut off")
            if choice == "zoned" and fits["zoned"] < fits["timestamp"]:
                told.append("a time without an offset is taken as UTC")
            return _typed(choice, fits), "; ".join(part for part in told if part)
    return "text", ""


def _typed(choice: str, fits: Mapping[str, int]) -> str:
    if choice == "number":
        return "decimal" if fits["long"] else "double"
    return "timestamptz" if choice == "zoned" else choice


def _misfits(odd: int, total: int) -> str:
    return f"{odd} of {total} sampled values do not fit; such rows become dead letters" if odd else ""
