"""Values in SQLite, CSV and JSON Lines, each with the column's type, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Value:
    """A value as the source's client gives it.

    Attributes:
        column: Its column; columns are named after what is in them.
        value: The value.
        shown: As the text of it in DuckDB; None where its row must be a dead letter.
        postgres: As its text in PostgreSQL, where that differs; "dead" for a dead letter.
    """

    column: str
    value: Any
    shown: str | None
    postgres: str | None = None


LONG = "x" * 1_000_000
SQLITE_DDL = {
    "whole": "integer", "ratio": "real", "price": "decimal(10,2)", "label": "text", "raw": "blob", "born": "date",
    "seen": "timestamp", "zoned": "text", "flag": "boolean", "clock": "time", "document": "json", "token": "uuid",
    "exact": "text", "span": "text",
}  # fmt: skip
SQLITE_TYPES = {
    "whole": "bigint", "ratio": "double", "price": "decimal(10,2)", "label": "text", "raw": "bytes", "born": "date",
    "seen": "timestamp", "zoned": "timestamptz", "flag": "boolean", "clock": "time", "document": "json", "token": "uuid",
    "exact": "decimal", "span": "interval",
}  # fmt: skip
LONG_NUMBER = "-123456789012345678901234567890123456789012345.50"
SPAN = "1 year 2 months 3 days 04:05:06.7"
SPAN_IN_POSTGRES = "1 year 2 mons 3 days 04:05:06.7"
SQLITE = [
    Value("whole", 9223372036854775807, "9223372036854775807"),
    Value("whole", -9223372036854775808, "-9223372036854775808"),
    Value("whole", 1.5, None),
    Value("whole", "12x", None),
    Value("ratio", 0.1, "0.1"),
    Value("ratio", 5e-324, "5e-324"),
    Value("ratio", float("inf"), "inf", "Infinity"),
    Value("ratio", "n/a", None),
    Value("price", 1.1, "1.10"),
    Value("price", 99999999.99, "99999999.99"),
    Value("price", 3.333, None),
    Value("label", "", ""),
    Value("label", "NULL", "NULL"),
    Value("label", "héé😀 東京", "héé😀 東京"),
    Value("label", LONG, LONG),
    Value("label", "a\0b", "a\0b", "dead"),
    Value("label", b"\xff\x00", None),
    Value("raw", b"\x00\xff", "\\x00\\xFF", "\\x00ff"),
    Value("raw", b"", "", "\\x"),
    Value("raw", 5, None),
    Value("born", "0001-01-01", "0001-01-01"),
    Value("born", "1899-12-31", "1899-12-31"),
    Value("born", "2020-02-30", None),
    Value("born", "31/01/2020", None),
    Value("born", "2020-01-31 10:00:00", None),
    Value("seen", "2024-01-01 10:00:00.123456", "2024-01-01 10:00:00.123456"),
    Value("seen", "2024-01-01T10:00:00Z", "2024-01-01 10:00:00"),
    Value("seen", "2024-01-01 10:00:00+02:00", None),
    Value("seen", "2024-01-01 10:00:00 Europe/Berlin", None),
    Value("seen", "yesterday", None),
    Value("zoned", "2024-01-01 10:00:00", "2024-01-01 10:00:00+00"),
    Value("zoned", "2024-01-01T10:00:00+02:00", "2024-01-01 08:00:00+00"),
    Value("zoned", "1850-01-01T00:00:00Z", "1850-01-01 00:00:00+00"),
    Value("zoned", "infinity", "infinity", "dead"),
    Value("flag", 1, "true", "t"),
    Value("flag", 0, "false", "f"),
    Value("flag", "perhaps", None),
    Value("clock", "23:59:59.999999", "23:59:59.999999"),
    Value("clock", "24:00:00", "24:00:00"),
    Value("clock", "25:00", None),
    Value("clock", "10:00:00+02", None),
    Value("document", '{"a":1,"a":2.50}', '{"a":1,"a":2.50}'),
    Value("document", "[12345678901234567890123.4500]", "[12345678901234567890123.4500]"),
    Value("document", "{bad", None),
    Value("document", "[NaN]", "[NaN]", "dead"),
    Value("document", "[1,]", "[1,]", "dead"),
    Value("token", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    Value("token", "nope", None),
    Value("exact", LONG_NUMBER, LONG_NUMBER),
    Value("exact", "NaN", "NaN"),
    Value("exact", "1,5", None),
    Value("span", SPAN, SPAN, SPAN_IN_POSTGRES),
    Value("span", "soon", None),
]

CSV_TYPES = {
    "code": "text", "whole": "bigint", "ratio": "double", "price": "decimal(10,2)", "exact": "decimal", "label": "text",
    "born": "date", "seen": "timestamp", "zoned": "timestamptz", "flag": "boolean", "token": "uuid", "clock": "time",
    "document": "json", "span": "interval", "list": "bigint[]",
}  # fmt: skip
CSV = [
    Value("code", "007", "007"),
    Value("whole", "-9223372036854775808", "-9223372036854775808"),
    Value("whole", "9223372036854775808", None),
    Value("whole", "1.5", None),
    Value("ratio", "0.1", "0.1"),
    Value("ratio", "1e308", "1e+308"),
    Value("ratio", "1e400", None),
    Value("ratio", "inf", "inf", "Infinity"),
    Value("price", "1.10", "1.10"),
    Value("price", "1.105", None),
    Value(
        "exact",
        "123456789012345678901234567890123456789012345.50",
        "123456789012345678901234567890123456789012345.50",
    ),
    Value("exact", "abc", None),
    Value("label", '""', ""),
    Value("label", "NULL", "NULL"),
    Value("label", '"a\nb,""c"" \\N"', 'a\nb,"c" \\N'),
    Value("label", " lead ", " lead "),
    Value("label", "héé😀", "héé😀"),
    Value("label", LONG, LONG),
    Value("born", "1899-12-31", "1899-12-31"),
    Value("born", "2020-02-30", None),
    Value("seen", "2024-01-01T10:00:00.123456", "2024-01-01 10:00:00.123456"),
    Value("seen", "2024-01-01 10:00:00+02", None),
    Value("zoned", "2024-01-01T10:00:00+02:00", "2024-01-01 08:00:00+00"),
    Value("flag", "TRUE", "true", "t"),
    Value("flag", "perhaps", None),
    Value("token", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    Value("token", "nope", None),
    Value("ratio", "NaN", "nan", "NaN"),
    Value("exact", "NaN", "NaN"),
    Value("born", "0001-01-01", "0001-01-01"),
    Value("born", "infinity", "infinity", "dead"),
    Value("seen", "-infinity", "-infinity", "dead"),
    Value("clock", "23:59:59.999999", "23:59:59.999999"),
    Value("clock", "25:00", None),
    Value("document", '"{""a"":1,""a"":2.50}"', '{"a":1,"a":2.50}'),
    Value("document", "{bad", None),
    Value("span", SPAN, SPAN, SPAN_IN_POSTGRES),
    Value("span", "soon", None),
    Value("list", '"[1, NULL, 3]"', "[1, NULL, 3]", "{1,NULL,3}"),
    Value("list", '"[1, x]"', None),
]

JSON_TYPES = {
    "whole": "bigint", "ratio": "double", "label": "text", "born": "date", "zoned": "timestamptz", "flag": "boolean",
    "document": "json", "mixed": "json", "list": "bigint[]", "token": "uuid", "price": "decimal(10,2)",
    "exact": "decimal", "seen": "timestamp", "clock": "time", "span": "interval",
}  # fmt: skip
JSON_LINES = [
    Value("whole", 9223372036854775807, "9223372036854775807"),
    Value("whole", 9223372036854775808, None),
    Value("whole", 1.5, None),
    Value("ratio", 0.1, "0.1"),
    Value("ratio", 1e308, "1e+308"),
    Value("label", "", ""),
    Value("label", "null", "null"),
    Value("label", 'a\nb"c\\ héé😀', 'a\nb"c\\ héé😀'),
    Value("label", "a\0b", "a\0b", "dead"),
    Value("label", LONG, LONG),
    Value("born", "1899-12-31", "1899-12-31"),
    Value("born", "2020-02-30", None),
    Value("zoned", "2024-01-01T10:00:00.123456+02:00", "2024-01-01 08:00:00.123456+00"),
    Value("flag", True, "true", "t"),
    Value("document", {"a": 1.5, "b": ["x", None]}, '{"a":1.5,"b":["x",null]}'),
    Value("mixed", 5, "5"),
    Value("mixed", "5", '"5"'),
    Value("mixed", "", '""'),
    Value("mixed", True, "true"),
    Value("mixed", "a\0b", '"a\\u0000b"'),
    Value("list", [1, None, 3], "[1, NULL, 3]", "{1,NULL,3}"),
    Value("list", [], "[]", "{}"),
    Value("list", [1, "x"], None),
    Value("token", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    Value("price", 1.1, "1.10"),
    Value("price", "99999999.99", "99999999.99"),
    Value("price", 1.105, None),
    Value("exact", LONG_NUMBER, LONG_NUMBER),
    Value("exact", "abc", None),
    Value("seen", "0001-01-01T00:00:00.000001", "0001-01-01 00:00:00.000001"),
    Value("seen", "2024-01-01T10:00:00+02:00", None),
    Value("clock", "23:59:59.999999", "23:59:59.999999"),
    Value("clock", "25:00", None),
    Value("span", SPAN, SPAN, SPAN_IN_POSTGRES),
    Value("span", "soon", None),
]
