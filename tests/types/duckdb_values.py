"""Values of every DuckDB type, and what becomes of each in DuckDB and in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """A value as a DuckDB expression; how each destination's client shows it, where that differs from the source's."""

    type: str
    sql: str
    duckdb: str | None = None
    postgres: str | None = None
    dead: bool = False
    """PostgreSQL has no equal: there its row is a dead letter."""
    told: str = ""
    """A part of the probe's caveat, where the value is carried in another form."""


HUGE = "170141183460469231731687303715884105727"
NANOSECONDS = "nanoseconds are rounded"
NESTED = "carried as JSON"
VALUES = [
    Value("BOOLEAN", "true", postgres="t"),
    Value("TINYINT", "'-128'"),
    Value("UTINYINT", "255"),
    Value("USMALLINT", "65535"),
    Value("UINTEGER", "4294967295"),
    Value("UBIGINT", "18446744073709551615"),
    Value("HUGEINT", HUGE),
    Value("UHUGEINT", "340282366920938463463374607431768211455"),
    Value("BIGNUM", "'123456789012345678901234567890123456789012345678'"),
    Value("DECIMAL(38,10)", "'1234567890123456789012345678.0123456789'"),
    Value("DECIMAL(4,1)", "'-0.5'"),
    Value("FLOAT", "'0.1'"),
    Value("FLOAT", "'nan'", postgres="NaN"),
    Value("FLOAT", "'inf'", postgres="Infinity"),
    Value("DOUBLE", "'0.1'"),
    Value("DOUBLE", "'-0.0'", postgres="-0"),
    Value("DOUBLE", "'-inf'", postgres="-Infinity"),
    Value("VARCHAR", "''"),
    Value("VARCHAR", "'héé😀 東京'"),
    Value("VARCHAR", "repeat('x', 1000000)"),
    Value("VARCHAR", "'a' || chr(0) || 'b'", dead=True),
    Value("BLOB", "'\\x00\\xFF'::BLOB", postgres="\\x00ff"),
    Value("BLOB", "''::BLOB", postgres="\\x"),
    Value("DATE", "'0001-01-01'"),
    Value("DATE", "'1899-12-31'"),
    Value("DATE", "'4713-01-01 (BC)'", postgres="4713-01-01 BC"),
    Value("DATE", "'5877642-06-25 (BC)'", dead=True),
    Value("DATE", "'5881580-07-10'", dead=True),
    Value("DATE", "'infinity'", dead=True),
    Value("DATE", "'-infinity'", dead=True),
    Value("TIME", "'24:00:00'"),
    Value("TIME", "'23:59:59.999999'"),
    Value("TIME_NS", "'10:00:00.123456789'", "10:00:00.123457", "10:00:00.123457", told=NANOSECONDS),
    Value("TIMETZ", "'12:00:00+05:30'", told="carried as text"),
    Value("TIMESTAMP", "'294246-12-31 23:59:59.999999'"),
    Value("TIMESTAMP", "'0044-03-15 (BC) 12:00:00'", postgres="0044-03-15 12:00:00 BC"),
    Value("TIMESTAMP", "'infinity'", dead=True),
    Value("TIMESTAMP", "'-infinity'", dead=True),
    Value("TIMESTAMP", "'290308-12-22 (BC) 00:00:00'", dead=True),
    Value("TIMESTAMP_S", "'2020-01-01 00:00:01'"),
    Value("TIMESTAMP_MS", "'2020-01-01 00:00:01.123'"),
    Value("TIMESTAMP_NS", "'2020-01-01 00:00:01.123456'"),
    Value(
        "TIMESTAMP_NS", "'2020-01-01 00:00:01.123456789'", "2020-01-01 00:00:01.123457", "2020-01-01 00:00:01.123457",
        told=NANOSECONDS,
    ),
    Value("TIMESTAMP_NS", "'infinity'", dead=True),
    Value("TIMESTAMPTZ", "'2024-03-31 01:30:00.123456+02'"),
    Value("TIMESTAMPTZ", "'0044-03-15 (BC) 12:00:00+00'", postgres="0044-03-15 12:00:00+00 BC"),
    Value("TIMESTAMPTZ", "'infinity'", dead=True),
    Value("INTERVAL", "'1 year 2 months 3 days 04:05:06.7'", postgres="1 year 2 mons 3 days 04:05:06.7"),
    Value("INTERVAL", "'-1 month'", postgres="-1 mons"),
    Value("INTERVAL", "'3000000 hours'", dead=True),
    Value("UUID", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
    Value("JSON", '\'{"a": 1, "a":2.50}\''),
    Value("JSON", "'12345678901234567890123.000'"),
    Value("JSON", "'[NaN, true]'", dead=True),
    Value("JSON", '\'["NaN", null]\''),
    Value("BIT", "'0101'", told="carried as text"),
    Value("ENUM('a', 'b''c')", "'b''c'", told="list of allowed values"),
    Value("INTEGER[]", "[1, NULL, 3]", postgres="{1,NULL,3}"),
    Value("INTEGER[]", "[]", postgres="{}"),
    Value("INTEGER[3]", "[1, 2, 3]", postgres="{1,2,3}", told="fixed length"),
    Value("INTEGER[][]", "[[1, 2], [3]]", "[[1,2],[3]]", "[[1,2],[3]]", told=NESTED),
    Value("VARCHAR[]", "['a', '', NULL]", postgres='{a,"",NULL}'),
    Value("VARCHAR[]", "['a' || chr(0)]", dead=True),
    Value("DECIMAL(8,2)[]", "[1.10, NULL]", postgres="{1.10,NULL}"),
    Value("HUGEINT[]", f"[{HUGE}]", postgres=f"{{{HUGE}}}"),
    Value("DATE[]", "['infinity'::DATE]", dead=True),
    Value("TIMESTAMP[]", "['2020-01-01'::TIMESTAMP, NULL]", postgres='{"2020-01-01 00:00:00",NULL}'),
    Value("TIMESTAMP[]", "['infinity'::TIMESTAMP]", dead=True),
    Value("INTERVAL[]", "['1 day'::INTERVAL]", postgres='{"1 day"}'),
    Value("INTERVAL[]", "['3000000 hours'::INTERVAL, NULL]", dead=True),
    Value("BLOB[]", "['\\x00A'::BLOB]", postgres='{"\\\\x0041"}'),
    Value("UUID[]", "['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID]", postgres="{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"),
    Value("TIMETZ[]", "['12:00:00+05:30'::TIMETZ]", postgres="{12:00:00+05:30}", told="carried as text"),
    Value(
        "STRUCT(a INTEGER, b DECIMAL(20,10), c HUGEINT)", f"{{'a': 1, 'b': 1.50, 'c': {HUGE}}}",
        f'{{"a":1,"b":1.5000000000,"c":{HUGE}}}', f'{{"a":1,"b":1.5000000000,"c":{HUGE}}}', told=NESTED,
    ),
    Value("STRUCT(f DOUBLE)", "{'f': 'nan'::DOUBLE}", '{"f":NaN}', dead=True, told=NESTED),
    Value("STRUCT(a INTEGER)[]", "[{'a': 1}]", '[{"a":1}]', '[{"a":1}]', told=NESTED),
    Value("MAP(VARCHAR, INTEGER)", "MAP {'k': 1}", '{"k":1}', '{"k":1}', told=NESTED),
    Value("UNION(n INTEGER, s VARCHAR)", "union_value(s := 'x')", '{"s":"x"}', '{"s":"x"}', told=NESTED),
]  # fmt: skip
