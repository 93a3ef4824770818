"""Files: what makes a table, what a text field is, and what cannot be read."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import duckdb
import pytest

from generator.connectors.catalog import Catalog, ProbedTable
from generator.connectors.files.listing import files_of, root_and_pattern
from generator.connectors.registry import connector
from generator.errors import ProbeError


def probed(path: Path | str, **more: object) -> Catalog:
    files = connector("files")
    return files.probe(files.Settings.model_validate({"path": str(path), **more}))


def names(catalog: Catalog) -> dict[str, str]:
    return {str(table.alias): table.name for table in catalog.tables}


def csv_column(folder: Path, *values: str) -> ProbedTable:
    (folder / "t.csv").write_text("value,other\n" + "".join(f"{value},x\n" for value in values))
    return probed(folder).tables[0]


def test_files_folders_and_series_are_tables(tmp_path: Path) -> None:
    text = "id,name\n1,a\n"
    for name in ("customers.csv", "orders_2024-01-01.csv", "orders_2024-01-02.csv", "events/a.csv", "events/b/c.csv",
                 "2024.csv", "_manifest.json", ".hidden.csv", "_tmp/x.csv", "notes.md"):  # fmt: skip
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    catalog = probed(tmp_path)
    assert names(catalog) == {
        "customers": "customers.csv",
        "events": "events/**/*.csv",
        "orders": "orders_[0-9]*.csv",
        "t_2024": "2024.csv",
    }
    assert {str(table.alias): table.rows for table in catalog.tables} == {
        "customers": 1, "events": 2, "orders": 2, "t_2024": 1,
    }  # fmt: skip


def test_a_name_is_a_glob_that_finds_exactly_its_files(tmp_path: Path) -> None:
    for name in ("a[1].csv", "a1.csv", "we ird.csv", "b*.csv"):
        (tmp_path / name).write_text("id\n1\n")
    catalog = probed(tmp_path)
    assert len(catalog.tables) == 4
    for table in catalog.tables:
        (file,) = files_of(tmp_path, table.name)
        assert file.name in {"a[1].csv", "a1.csv", "we ird.csv", "b*.csv"}
        assert table.rows == 1


def test_a_plain_name_stands_for_its_file_or_folder(tmp_path: Path) -> None:
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(b"id\n1\n"))
    (tmp_path / "events" / "day=1").mkdir(parents=True)
    (tmp_path / "events" / "day=1" / "x.parquet").touch()
    assert [file.name for file in files_of(tmp_path, "orders")] == ["orders.csv.gz"]
    assert [file.name for file in files_of(tmp_path, "events")] == ["x.parquet"]


def test_a_glob_or_a_file_is_one_table(tmp_path: Path) -> None:
    for day in (1, 2):
        (tmp_path / f"orders-{day}.csv").write_text("id\n1\n")
    (table,) = probed(tmp_path / "orders-*.csv").tables
    assert (table.name, table.alias, table.rows) == ("orders-*.csv", "orders", 2)
    (single,) = probed(tmp_path / "orders-1.csv").tables
    assert (single.name, single.rows) == ("orders-1.csv", 1)
    assert root_and_pattern(f"{tmp_path}/*/x.csv") == (tmp_path, "*/x.csv")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-20"], "bigint"),
        (["01234", "99999"], "text"),
        (["+491234", "+49999"], "text"),
        (["1.5", "2"], "double"),
        (["1e3", "2.5"], "double"),
        (["12345678901234567890", "1"], "decimal"),
        (["true", "FALSE"], "boolean"),
        (["2024-02-29", "2024-03-01"], "date"),
        (["2024-02-30", "2024-02-31"], "text"),
        (["31/12/2024", "30/12/2024"], "text"),
        (["2024-02-29T10:00:00", "2024-02-29"], "timestamp"),
        (["2024-02-29T10:00:00Z", "2024-02-29 10:00:00+02:00"], "timestamptz"),
        (["6f1e1e52-36d5-4b0b-b5a4-1f6f3f0f8a11"], "uuid"),
        (["", ""], "text"),
        (["yes", "no"], "text"),
    ],
)
def test_a_text_field_gets_the_type_a_cast_would_keep(tmp_path: Path, values: list[str], kind: str) -> None:
    assert csv_column(tmp_path, *values).columns[0].type == kind


def test_a_few_bad_values_do_not_hide_the_type_and_do_not_end_a_profile(tmp_path: Path) -> None:
    table = csv_column(tmp_path, *map(str, range(99)), "n/a")
    assert table.columns[0].type == "bigint"
    assert table.columns[0].caveat.startswith("1 of 100 sampled values")
    files = connector("files")
    profile = files.profile(files.Settings.model_validate({"path": str(tmp_path)}), table)
    assert (profile.columns["value"].minimum, profile.columns["value"].maximum) == ("0", "98")


def test_delimiter_header_and_encoding_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("größe|1\nmaß|2\n".encode("latin-1"))
    catalog = probed(tmp_path, delimiter="|", header=False, encoding="latin-1")
    table = catalog.tables[0]
    assert len(table.columns) == 2
    assert table.rows == 2
    files = connector("files")
    settings = files.Settings.model_validate(
        {"path": str(tmp_path), "delimiter": "|", "header": False, "encoding": "latin-1"}
    )
    assert files.sample(settings, table).rows == (("größe", "1"), ("maß", "2"))


def test_json_lines_keep_lists_and_nest_the_rest(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"id": 1, "tags": ["a"], "who": {"name": "x"}}\n{"id": 2}\n')
    table = probed(tmp_path).tables[0]
    assert {column.name: column.type for column in table.columns} == {
        "id": "bigint", "tags": "text[]", "who": "json",
    }  # fmt: skip
    files = connector("files")
    sample = files.sample(files.Settings.model_validate({"path": str(tmp_path)}), table)
    assert sample.rows[0][2] == '{"name":"x"}'


def test_partition_folders_are_columns(tmp_path: Path) -> None:
    with duckdb.connect() as session:
        session.execute(
            f"COPY (SELECT i AS id, i % 2 AS half FROM range(10) AS r (i)) TO '{tmp_path}/t' (FORMAT parquet, PARTITION_BY half)"
        )
    (table,) = probed(tmp_path).tables
    assert set(table.column_names) == {"id", "half"}
    assert table.rows == 10


def test_rows_of_large_text_files_are_estimated(tmp_path: Path) -> None:
    lines = 1_200_000
    (tmp_path / "t.csv").write_text(
        "id,name\n" + "".join(f"{1_000_000 + i},some name\n" for i in range(lines))
    )
    rows = probed(tmp_path).tables[0].rows
    assert rows is not None
    assert 0.9 * lines < rows < 1.1 * lines


def test_one_broken_file_is_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("id\n1\n")
    (tmp_path / "bad.parquet").write_text("no parquet at all")
    catalog = probed(tmp_path)
    assert names(catalog) == {"good": "good.csv"}
    assert "bad.parquet" in catalog.warnings[0]
    with pytest.raises(ProbeError) as caught:
        probed(tmp_path / "bad.parquet")
    assert caught.value.where == "bad.parquet"


def test_a_missing_folder_or_file_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / "none.csv", tmp_path / "*.csv"):
        with pytest.raises(ProbeError) as caught:
            probed(path)
        assert caught.value.kind == "no_such_database"


def test_a_destination_folder_is_checked_but_not_made(tmp_path: Path) -> None:
    files = connector("files")
    new = tmp_path / "a" / "b"
    assert "will be created" in files.test(files.Settings.model_validate({"path": str(new)}))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(ProbeError, match="a folder is needed"):
        files.test(files.Settings.model_validate({"path": str(tmp_path / "file" / "x")}))


def test_a_file_one_may_not_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text("id\n1\n")
    # Root may read every file, whatever its mode.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ProbeError) as caught:
        probed(tmp_path)
    assert caught.value.kind == "no_permission"
