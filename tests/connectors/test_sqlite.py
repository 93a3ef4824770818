"""SQLite: values decide what a column holds; the file is never written, whatever its state."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from generator.connectors.catalog import ProbedColumn, ProbedTable
from generator.connectors.registry import connector
from generator.connectors.sqlite import connection as sqlite_connection
from generator.errors import ProbeError


def probed(path: Path, *statements: str) -> ProbedTable:
    """Create a table t by the statements and probe it."""
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()
    sqlite = connector("sqlite")
    return next(
        t for t in sqlite.probe(sqlite.Settings.model_validate({"path": str(path)})).tables if t.name == "t"
    )


def column_of(path: Path, declared: str, *values: str) -> ProbedColumn:
    rows = ", ".join(f"({value})" for value in values)
    insert = [f"INSERT INTO t VALUES {rows}"] if values else []
    return probed(path, f"CREATE TABLE t (placed_at {declared})", *insert).columns[0]


@pytest.mark.parametrize(
    ("declared", "values", "kind"),
    [
        ("TEXT", ["'2024-01-02'", "'2024-02-29'"], "date"),
        ("TEXT", ["'2024-01-02 03:04:05'", "'2024-01-02T03:04:05.123456'"], "timestamp"),
        ("TEXT", ["'2024-01-02T03:04:05Z'", "'2024-01-02 03:04:05+02:00'"], "timestamptz"),
        ("TEXT", ["'2024-01-02'", "'2024-01-02 03:04:05'"], "timestamp"),
        ("TEXT", ["'2024-13-45'", "'2024-99-99'"], "text"),
        ("TEXT", ["'soon'", "'2024-01-02'"], "text"),
        ("TEXT", ["NULL"], "text"),
        ("DATETIME", ["'2024-01-02 03:04:05'"], "timestamp"),
        ("DATETIME", ["1704164645"], "bigint"),
        ("DATE", ["'2024-01-02'"], "date"),
        ("TIMESTAMP", [], "timestamp"),
        ("BOOLEAN", ["0", "1"], "boolean"),
        ("BOOLEAN", ["0", "7"], "bigint"),
        ("INTEGER", ["1", "9223372036854775807"], "bigint"),
        ("INT", ["'many'", "'few'"], "text"),
        ("DECIMAL(10,2)", ["1.25", "3"], "decimal(10,2)"),
        ("NUMERIC", ["1", "2"], "bigint"),
        ("NUMERIC", ["1.5", "2"], "double"),
        ("REAL", ["1", "2.5"], "double"),
        ("VARCHAR(20)", ["'x'"], "text"),
        ("BLOB", ["x'00ff'"], "bytes"),
        ("", ["1", "2"], "bigint"),
        ("", ["1.5", "2"], "double"),
        ("", ["'x'", "1"], "text"),
        ("JSON", ["'{}'"], "json"),
        ("UUID", ["'6f1e1e52-36d5-4b0b-b5a4-1f6f3f0f8a11'"], "uuid"),
    ],
)
def test_values_decide_the_type(tmp_path: Path, declared: str, values: list[str], kind: str) -> None:
    assert column_of(tmp_path / "x.db", declared, *values).type == kind


def test_a_few_bad_values_do_not_hide_the_type_and_are_told(tmp_path: Path) -> None:
    good = ["'2024-01-02 03:04:05'"] * 99
    column = column_of(tmp_path / "x.db", "TEXT", *good, "'yesterday'")
    assert column.type == "timestamp"
    assert column.caveat.startswith("1 of 100 sampled values")


@pytest.mark.parametrize(
    ("most", "odd", "kind", "said"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02 03:04:05", "timestamptz", "1 of 100 sampled times name no time zone; they are taken as UTC"),
        ("2024-01-02 03:04:05", "2024-01-02 03:04:05+02:00", "timestamp", "1 of 100 sampled times name a time zone; unless it is UTC their rows become dead letters"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+02:00", "timestamptz", ""),
    ],
)  # fmt: skip
def test_times_with_and_without_a_zone_in_one_column_are_told(
    tmp_path: Path, most: str, odd: str, kind: str, said: str
) -> None:
    column = column_of(tmp_path / "x.db", "TEXT", *[f"'{most}'"] * 99, f"'{odd}'")
    assert (column.type, column.caveat) == (kind, said)


def test_unix_time_is_recognised_and_kept_a_number(tmp_path: Path) -> None:
    column = column_of(tmp_path / "x.db", "INTEGER", "1704164645", "1704164646")
    assert (column.type, column.caveat) == (
        "bigint",
        "looks like Unix time in seconds; it is kept as a number",
    )


def test_a_key_that_refers_to_a_table_without_columns_means_its_primary_key(tmp_path: Path) -> None:
    table = probed(
        tmp_path / "x.db", "CREATE TABLE p (a, b, PRIMARY KEY (b, a))", "CREATE TABLE t (x, y, FOREIGN KEY (x, y) REFERENCES p)"
    )  # fmt: skip
    assert table.foreign_keys[0].references == ("b", "a")


def test_statistics_are_used_when_there_are_some(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    table = probed(
        path, "CREATE TABLE t (a)", "CREATE INDEX i ON t (a)", "INSERT INTO t VALUES (1), (2), (3)", "ANALYZE",
        "UPDATE sqlite_stat1 SET stat = '5000000 1'",
    )  # fmt: skip
    assert table.rows == 5_000_000


def test_a_write_ahead_database_is_read_without_leaving_files(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (a)")
    database.close()
    assert [file.name for file in tmp_path.iterdir()] == ["x.db"]
    probed_again = connector("sqlite").probe(connector("sqlite").Settings.model_validate({"path": str(path)}))
    assert [table.name for table in probed_again.tables] == ["t"]
    assert [file.name for file in tmp_path.iterdir()] == ["x.db"]


def test_rows_still_in_the_log_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (a)")
    writer.execute("INSERT INTO t VALUES (1), (2)")
    writer.commit()
    sqlite = connector("sqlite")
    table = sqlite.probe(sqlite.Settings.model_validate({"path": str(path)})).tables[0]
    writer.close()
    assert table.rows == 2


def failure(path: Path) -> ProbeError:
    sqlite = connector("sqlite")
    with pytest.raises(ProbeError) as caught:
        sqlite.probe(sqlite.Settings.model_validate({"path": str(path)}), timeout=0.2)
    assert caught.value.fix
    assert str(path) in caught.value.where
    return caught.value


def test_each_way_to_fail_has_its_kind(tmp_path: Path) -> None:
    assert failure(tmp_path / "none.db").kind == "no_such_database"
    assert failure(tmp_path).kind == "no_such_database"
    text = tmp_path / "notes.txt"
    text.write_text("this is no database at all, but long enough to be one" * 20)
    assert failure(text).kind == "no_such_database"
    locked = tmp_path / "locked.db"
    holder = sqlite3.connect(locked, isolation_level=None)
    holder.execute("CREATE TABLE t (a)")
    holder.execute("BEGIN EXCLUSIVE")
    assert failure(locked).kind == "timeout"
    holder.close()


def test_a_file_one_may_not_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    path.touch()

    def refuse(*_: object, **__: object) -> None:  # root may read every file, whatever its mode
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert failure(path).kind == "no_permission"


def test_an_endless_view_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_connection, "STATEMENT_TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(sqlite_connection.limit_statement, "__defaults__", (0.3,))
    path = tmp_path / "x.db"
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS i FROM n"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (a)")
        database.execute(f"CREATE VIEW endless AS {endless}")
    database.close()
    sqlite = connector("sqlite")
    settings = sqlite.Settings.model_validate({"path": str(path)})
    catalog = sqlite.probe(settings)
    assert [table.name for table in catalog.tables] == ["t"]
    assert "endless" in catalog.warnings[0]
    with pytest.raises(ProbeError) as caught:
        sqlite.sample(settings, ProbedTable(name="endless", columns=(ProbedColumn(name="i"),)))
    assert caught.value.kind == "timeout"


def test_text_that_is_no_utf8_does_not_end_a_probe(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    table = probed(path, "CREATE TABLE t (a TEXT)", "INSERT INTO t VALUES (CAST(x'ff41' AS TEXT))")
    sqlite = connector("sqlite")
    assert sqlite.sample(sqlite.Settings.model_validate({"path": str(path)}), table).rows == (("\ufffdA",),)
