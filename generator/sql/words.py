"""The words an editor proposes: keywords, and the functions people use most, with what they do."""

from __future__ import annotations

KEYWORDS = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "QUALIFY", "WITH", "DISTINCT",
    "JOIN", "LEFT JOIN", "INNER JOIN", "FULL JOIN", "CROSS JOIN", "ANTI JOIN", "SEMI JOIN", "ASOF JOIN",
    "ON", "USING", "AS", "AND", "OR", "NOT", "IN", "EXISTS", "BETWEEN", "LIKE", "ILIKE", "IS NULL",
    "IS NOT NULL", "IS DISTINCT FROM", "CASE", "WHEN", "THEN", "ELSE", "END", "UNION ALL", "UNION",
    "EXCEPT", "INTERSECT", "OVER", "PARTITION BY", "FILTER", "ASC", "DESC", "NULLS LAST", "INTERVAL",
    "DATE", "TIMESTAMP", "TRUE", "FALSE", "NULL", "EXCLUDE", "REPLACE", "GROUP BY ALL",
)  # fmt: skip
_NAMES = {"DATE", "TIMESTAMP", "REPLACE", "FILTER", "OVER", "EXCLUDE", "PARTITION", "BY", "NULLS", "LAST"}
RESERVED = frozenset(
    word
    for phrase in KEYWORDS
    for word in phrase.split()
    if word not in _NAMES
) | {
    "ALL", "ANY", "ARRAY", "BOTH", "CAST", "CHECK", "COLUMN", "CREATE", "DEFAULT", "FOR", "FOREIGN", "INTO",
    "ONLY", "OFFSET", "PRIMARY", "REFERENCES", "SOME", "TABLE", "TO", "UNIQUE", "USER", "WINDOW", "LATERAL",
    "AT",
}  # fmt: skip
FUNCTIONS = {
    "count": "number of rows, or of values that are not NULL",
    "sum": "total",
    "avg": "mean",
    "min": "smallest value",
    "max": "largest value",
    "coalesce": "first value that is not NULL",
    "cast": "CAST(value AS type)",
    "try_cast": "cast, NULL where it fails",
    "date_trunc": "date_trunc('month', timestamp): start of the period",
    "date_diff": "date_diff('day', from, to): boundaries crossed",
    "extract": "EXTRACT(year FROM date): one part of a date",
    "strftime": "strftime(date, '%Y-%m'): date as text",
    "strptime": "strptime(text, '%d.%m.%Y'): text as timestamp",
    "row_number": "ROW_NUMBER() OVER (...): position within the window",
    "rank": "rank within the window, with gaps",
    "lag": "value of the row before",
    "lead": "value of the row after",
    "first_value": "first value of the window",
    "arg_max": "arg_max(value, by): value of the row where by is largest",
    "arg_min": "arg_min(value, by): value of the row where by is smallest",
    "any_value": "some value of the group",
    "string_agg": "string_agg(text, ', '): values joined",
    "list": "values of the group as a list",
    "approx_count_distinct": "number of different values, estimated",
    "quantile_cont": "quantile_cont(value, 0.95): interpolated quantile",
    "median": "middle value",
    "stddev": "standard deviation",
    "round": "round(value, digits)",
    "abs": "absolute value",
    "floor": "next smaller integer",
    "ceil": "next larger integer",
    "greatest": "largest of its arguments",
    "least": "smallest of its arguments",
    "nullif": "NULL where both are equal",
    "lower": "text in lower case",
    "upper": "text in upper case",
    "trim": "text without blanks at both ends",
    "length": "number of characters",
    "substring": "substring(text, from, length)",
    "replace": "replace(text, old, new)",
    "split_part": "split_part(text, ',', 1): one part",
    "regexp_matches": "regexp_matches(text, pattern): whether it contains a match",
    "regexp_replace": "regexp_replace(text, pattern, new)",
    "regexp_extract": "regexp_extract(text, pattern, group)",
    "concat": "texts joined, NULL as nothing",
    "md5": "MD5 of a text, in hexadecimal",
    "hash": "hash of a value, as a number",
    "json_extract_string": "json_extract_string(json, '$.path')",
    "unnest": "one row per element of a list",
    "range": "range(from, to, step): a list of numbers",
    "generate_series": "generate_series(from, to, step), the end included",
}
