"""Previews: typed sample rows, few rows, short time, no way out."""

from __future__ import annotations

from generator.connectors.catalog import Sample
from generator.sql.preview import preview

TABLES = {"staging.orders": {"id": "bigint", "amount": "decimal(10,2)", "placed": "timestamp"}}
SAMPLES = {
    "staging.orders": Sample(
        columns=("placed", "id", "amount", "extra"),
        rows=(
            ("2026-01-02 03:04:05", "1", "10.50", "x"),
            (None, "2", "not a number", None),
            ("2026-01-03", "3", None, "y"),
        ),
    )
}


def test_rows_are_typed_and_what_does_not_fit_is_null() -> None:
    found = preview("SELECT id, amount * 2 AS twice, placed FROM staging.orders ORDER BY id", SAMPLES, TABLES)
    assert found.error is None
    assert [name for name, _ in found.columns] == ["id", "twice", "placed"]
    assert found.rows == (
        ("1", "21.00", "2026-01-02 03:04:05"),
        ("2", None, None),
        ("3", None, "2026-01-03 00:00:00"),
    )


def test_at_most_ten_rows_are_shown_and_it_says_so() -> None:
    found = preview("SELECT * FROM range(1000)", SAMPLES, TABLES)
    assert len(found.rows) == 10
    assert found.truncated


def test_a_table_without_a_sample_is_empty() -> None:
    assert preview("SELECT * FROM orders", {}, TABLES).rows == ()


def test_an_endless_query_is_stopped() -> None:
    found = preview("SELECT count(*) FROM range(10000000) a, range(10000000) b", {}, TABLES, seconds=0.3)
    assert found.error is not None
    assert "too slow" in found.error.message


def test_no_file_can_be_read_or_written() -> None:
    for sql in (
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "FROM '/etc/passwd'",
    ):
        found = preview(sql, SAMPLES, TABLES)
        assert found.error is not None
        assert not found.rows
    assert preview("COPY orders TO '/tmp/never'", SAMPLES, TABLES).error is not None


def test_settings_cannot_be_unlocked() -> None:
    assert preview("SET enable_external_access = true", SAMPLES, TABLES).error is not None


def test_an_error_stands_at_its_place_in_the_users_text() -> None:
    error = preview("SELECT id,\n  amount + 'é'::date AS x FROM orders", SAMPLES, TABLES).error
    assert error is not None
    assert (error.line, error.column) == (2, 10)


def test_postgresql_sql_is_translated_first() -> None:
    found = preview(
        "SELECT id::text || 'x' AS y FROM staging.orders ORDER BY 1", SAMPLES, TABLES, dialect="postgres"
    )
    assert found.rows[0] == ("1x",)
