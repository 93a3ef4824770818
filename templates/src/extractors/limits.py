"""Values that a cast would change without a word, and those that DuckDB holds but PostgreSQL cannot.

They make their rows dead letters; otherwise they would arrive as other values, or fail the whole run.
"""

from __future__ import annotations

_RANGES = {
    "DATE": ("DATE '4714-11-24 (BC)'", "DATE '5874897-12-31'"),
    "TIMESTAMP": ("TIMESTAMP '4714-11-24 (BC) 00:00:00'", "TIMESTAMP '294246-12-31 23:59:59.999999'"),
    "TIMESTAMP WITH TIME ZONE": (
        "TIMESTAMPTZ '4714-11-24 (BC) 00:00:00+00'",
        "TIMESTAMPTZ '294246-12-31 23:59:59.999999+00'",
    ),
}
"""Finite times that both sides hold."""
_MOST_HOURS = 2_562_047
"""Hours in the largest whole number of nanoseconds, in which Arrow counts them."""
_STRINGS_AND_WORDS = r'"(?:\\.|[^"\\])*"|\b(?:true|false|null)\b'
_NOT_JSON = r"[A-DF-Za-df-z]|,\s*[\]}]"
"""What is left of DuckDB's JSON, without strings and words, where it is none: NaN, Infinity, a trailing comma."""
_NUMBER = r"\s*[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[Nn]a[Nn]|[Ii]nf(?:inity)?)\s*"


def changed_by_cast(text: str, typed: str, kind: str) -> str | None:
    """Return the condition that DuckDB's cast of a text left a part of it out.

    Args:
        text: The text, as an expression.
        typed: What became of it.
        kind: Its DuckDB type now.
    """
    if kind == "DATE":  # of a moment: its time
        return f"TRY_CAST({text} AS TIMESTAMP) <> {typed}"
    if kind == "TIME":  # of a moment: its day; of a time with an offset: that
        return rf"regexp_matches({text}, '\d-\d|[+-]\d\d(:?\d\d)?\s*$')"
    if kind == "TIMESTAMP":  # its offset, or the name of its zone, unless it is UTC
        zone = rf"regexp_extract({text}, ':\d\d(?:\.\d+)?\s*([+-]\d[\d:]*|[A-Za-z_/+-]+)\s*$', 1)"
        return f"NOT regexp_full_match({zone}, '(Z|z|UTC|GMT|[+-]00(:?00)?)?')"
    if kind in {"FLOAT", "DOUBLE"}:  # a number too large
        return f"isinf({typed}) AND NOT regexp_matches({text}, 'inf', 'i')"
    return None


def beyond_postgres(value: str, kind: str) -> list[tuple[str, str]]:
    """Return the conditions under which a typed value has no equal in PostgreSQL, each with what is wrong with it.

    Args:
        value: The value, as an expression.
        kind: Its DuckDB type.
    """
    element = kind.removesuffix("[]")
    if element in {"VARCHAR", "JSON"}:
        return [(f"contains(CAST({value} AS VARCHAR), chr(0))", "holds a NUL character")]
    if element in _RANGES:
        low, high = _RANGES[element]
        outside = (
            f"NOT ({value} BETWEEN {low} AND {high})"
            if element == kind
            else f"list_min({value}) < {low} OR list_max({value}) > {high}"
        )
        return [(outside, "is infinite or beyond the times PostgreSQL holds")]
    if element == "INTERVAL":
        hours = (
            f"abs(datepart('hour', {value}))"
            if element == kind
            else f"list_max([abs(datepart('hour', e)) FOR e IN {value}])"
        )
        return [(f"{hours} >= {_MOST_HOURS}", "has more hours than can be carried")]
    return []


def no_json(value: str) -> str:
    """Return the condition that text which DuckDB takes for JSON is none by the standard."""
    bare = f"regexp_replace(CAST({value} AS VARCHAR), '{_STRINGS_AND_WORDS}', '0', 'g')"
    return f"regexp_matches({bare}, '{_NOT_JSON}')"


def no_number(value: str) -> str:
    """Return the condition that text, which is kept as text to be exact, is no number."""
    return f"NOT regexp_full_match(CAST({value} AS VARCHAR), '{_NUMBER}')"
