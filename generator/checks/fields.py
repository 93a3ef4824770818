"""The fields a check may have, as forms ask for them."""

from __future__ import annotations

from .model import CheckField

FIELDS: dict[str, CheckField] = {
    field.name: field
    for field in (
        CheckField("column", "Column", "The column that is checked.", "column"),
        CheckField("columns", "Columns", "Several columns, taken together.", "columns"),
        CheckField("min", "Lowest", "The lowest value allowed; empty for no bound.", "number"),
        CheckField("max", "Highest", "The highest value allowed; empty for no bound.", "number"),
        CheckField("min_rows", "Fewest rows", "The table holds at least this many rows.", "integer"),
        CheckField("max_rows", "Most rows", "The table holds at most this many rows.", "integer"),
        CheckField(
            "max_age_hours", "Oldest, hours", "The newest value may be this many hours old.", "number"
        ),
        CheckField("reference_table", "Refers to table", "The table that must hold the row.", "table"),
        CheckField(
            "reference_column", "Its column", "The column there; empty for the same name.", "reference_column"
        ),
        CheckField(
            "reference_columns", "Its columns", "The columns there, in the same order.", "reference_columns"
        ),
        CheckField("values", "Values", "The values allowed.", "values"),
        CheckField("pattern", "Pattern", "A regular expression, as ^[A-Z]{2}$.", "text"),
        CheckField("min_length", "Shortest", "The fewest characters allowed.", "integer"),
        CheckField("max_length", "Longest", "The most characters allowed.", "integer"),
        CheckField("max_percent", "Tolerance, %", "How many percent are tolerated.", "number"),
        CheckField("min_history", "Runs needed", "Earlier runs needed before it judges.", "integer"),
        CheckField("allow_null", "NULL is fine", "Whether a missing value passes.", "flag"),
        CheckField("sql", "Query", "A SELECT that returns the offending rows.", "sql"),
    )
}
