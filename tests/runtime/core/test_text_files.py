"""CSV, JSON Lines and Parquet as sources: every value as it stands in the file, or a dead letter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from templates.src.utils.retry import SourceChangedError
from tests.runtime.core.places import Place
from tests.runtime.core.project import Project, config, loading, table

COLUMNS = {"id": "bigint", "name": "text", "price": "decimal(10,2)", "day": "date"}
SOURCE = {"name": "drop", "type": "files", "connection": {"path": "inbox"}}


def project(tmp_path: Path, place: Place, pattern: str, how: dict[str, Any], **more: Any) -> Project:
    (tmp_path / "inbox").mkdir(exist_ok=True)
    item = table(pattern, COLUMNS, alias="items", loading=how, **more)
    return Project(
        tmp_path, config(item, source=SOURCE, destination=place.destination, pattern=place.pattern)
    )


def test_csv_values_arrive_as_they_stand(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items_*.csv", loading("upsert", "id"), key=["id"])
    (tmp_path / "inbox/items_1.csv").write_text(
        'id,name,price,day\n1,"a ""quoted"", name\nin two lines",1.50,2024-01-31\n2,"",2,\n3,,"",2024-02-29\n'
    )
    (tmp_path / "inbox/items_2.csv").write_text(
        "id,name,price,day\n4,héé😀,12.345,2024-01-01\nx,y,1,2024-01-01\n"
    )
    record = made.run()
    assert (record.total("extracted"), record.total("loaded"), record.total("rejected")) == (5, 3, 2)
    assert place.rows("items", "id, name, price, day") == [
        ("1", 'a "quoted", name\nin two lines', "1.50", "2024-01-31"),
        ("2", "", "2.00", None),
        ("3", None, None, "2024-02-29"),
    ]
    letters = place.rows("dead_letters", "column_name, offending_value", schema="_shop")
    assert letters == [("id", "x"), ("price", "12.345")]


@pytest.mark.slow
def test_json_lines_arrive_and_new_fields_are_taken_along(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items.jsonl", loading("upsert", "id"), key=["id"])
    file = tmp_path / "inbox/items.jsonl"
    rows = [
        {"id": 9007199254740993, "name": "x", "price": 0.1, "day": "2024-01-01"},
        {"id": 2, "price": "oops"},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    record = made.run()
    assert record.total("rejected") == 1
    assert place.rows("items", "id, name, price") == [("9007199254740993", "x", "0.10")]
    file.write_text(json.dumps({"id": 5, "name": "n", "price": 1, "day": None, "tags": ["a", "b"]}) + "\n")
    made.run()
    assert ("5", "n") in [row[:2] for row in place.rows("items", "id, name, tags")]


@pytest.mark.slow
def test_parquet_of_many_files_is_one_table(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items/**/*.parquet", loading("append"), watermark="day")
    folder = tmp_path / "inbox/items"
    folder.mkdir()
    for number in (1, 2):
        duckdb.sql(
            f"COPY (SELECT i + {number * 10} AS id, 'n' AS name, CAST(1.5 AS DECIMAL(10,2)) AS price,"
            f" DATE '2024-01-01' + {number} AS day FROM range(3) t(i)) TO '{folder}/part{number}.parquet'"
        )
        made.run()
        made.run()
    assert sorted(int(row[0] or 0) for row in place.rows("items", "id")) == [10, 11, 12, 20, 21, 22]


def test_a_folder_without_the_files_stops_the_run(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items_*.csv", loading("upsert", "id"), key=["id"])
    with pytest.raises(SourceChangedError, match="is gone: no files match"):
        made.run()


@pytest.mark.slow
def test_partitions_are_replaced_one_by_one(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items.csv", loading("overwrite", partition_field="day"))
    file = tmp_path / "inbox/items.csv"
    file.write_text("id,name,price,day\n1,a,1,2024-01-01\n2,b,1,2024-01-02\n3,c,1,\n")
    made.run()
    file.write_text("id,name,price,day\n5,new,1,2024-01-02\n6,new,1,\n")
    made.run()
    assert place.rows("items", "id, day") == [("1", "2024-01-01"), ("5", "2024-01-02"), ("6", None)]


def test_no_line_of_a_csv_file_is_taken_for_a_comment(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items.csv", loading("append"))
    (tmp_path / "inbox/items.csv").write_text("name,id\n#1,1\n2,2\n#3,3\n")
    made.run()
    assert place.rows("items", "id, name") == [("1", "#1"), ("2", "2"), ("3", "#3")]


def test_quotes_that_no_early_row_shows_are_quotes(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items.csv", loading("upsert", "id"), key=["id"])
    plain = "".join(f"{number},n{number},,\n" for number in range(30_000))
    (tmp_path / "inbox/items.csv").write_text(
        f'id,name,price,day\n{plain}30000,"quoted",,\n30001,"a, ""b""",,\n'
    )
    made.run()
    rows = dict(place.rows("items", "id, name"))
    assert (len(rows), rows["30000"], rows["30001"]) == (30_002, "quoted", 'a, "b"')


def test_apostrophes_are_part_of_the_text(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items.csv", loading("upsert", "id"), key=["id"])
    (tmp_path / "inbox/items.csv").write_text("id,name,price,day\n1,'tis',,\n2,'twas',,\n")
    made.run()
    assert place.rows("items", "id, name") == [("1", "'tis'"), ("2", "'twas'")]


def test_first_row_of_a_file_without_header_counts(tmp_path: Path, place: Place) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox/items.csv").write_text("1,a\n2,b,c\n3,d,e\n")
    item = table("items.csv", {"column0": "text"}, alias="items", loading=loading("append"))
    source = {**SOURCE, "connection": {"path": "inbox", "header": False}}
    made = Project(
        tmp_path, config(item, source=source, destination=place.destination, pattern=place.pattern)
    )
    assert made.run().total("extracted") == 3


def test_csv_file_that_is_misread_replaces_nothing(tmp_path: Path, place: Place) -> None:
    """Rows of differing lengths make the reader take a line for one field: then no column is there any more."""
    made = project(tmp_path, place, "items.csv", loading("overwrite"))
    file = tmp_path / "inbox/items.csv"
    file.write_text("id,name,price,day\n1,a,1,2024-01-01\n")
    made.run()
    file.write_text("id,name,price,day\n1,a\n2,b,1,2024-01-01\n3,c,d,e,f\n")
    with pytest.raises(SourceChangedError, match="none of its columns any more; those it has are 'column0'"):
        made.run()
    assert place.rows("items", "id, name") == [("1", "a")]


def test_empty_file_among_others_adds_no_column(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items_*.csv", loading("upsert", "id"), key=["id"])
    (tmp_path / "inbox/items_1.csv").write_text("")
    (tmp_path / "inbox/items_2.csv").write_text("id,name,price,day\n1,a,1,2024-01-01\n")
    made.run()
    assert place.rows("items") == [("1", "a", "1.00", "2024-01-01")]


def test_key_of_json_that_only_a_late_row_has_is_read(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items.jsonl", loading("upsert", "id"), key=["id"])
    lines = [{"id": number, "price": 1} for number in range(30_000)]
    lines.append({"id": 30_000, "price": 1, "name": "late", "note": "new"})
    (tmp_path / "inbox/items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    made.run()
    assert ("30000", "late", "new") in place.rows("items", "id, name, note")


@pytest.mark.parametrize("strategy", ["overwrite"])
def test_parquet_files_of_differing_types_change_no_value(
    tmp_path: Path, place: Place, strategy: str
) -> None:
    made = project(tmp_path, place, "items/*.parquet", loading(strategy))
    folder = tmp_path / "inbox/items"
    folder.mkdir()
    rest = "CAST(1 AS DECIMAL(10,2)) AS price, DATE '2024-01-01' AS day"
    for name, columns in {
        "1": f"9007199254740993::BIGINT AS id, 'a' AS name, {rest}",
        "2": f"2::DOUBLE AS id, 'b' AS name, {rest}",
        "3": f"2.5::DOUBLE AS id, 'c' AS name, {rest}",
        "4": f"'d' AS name, 4::SMALLINT AS id, {rest}",
    }.items():
        duckdb.sql(f"COPY (SELECT {columns}) TO '{folder}/{name}.parquet'")
    record = made.run()
    assert place.rows("items", "id, name") == [("2", "b"), ("4", "d"), ("9007199254740993", "a")]
    assert (record.total("extracted"), record.total("rejected")) == (4, 1)
    assert place.rows("dead_letters", "column_name, offending_value", schema="_shop") == [("id", "2.5")]


def test_file_of_another_format_is_not_left_unread(tmp_path: Path, place: Place) -> None:
    made = project(tmp_path, place, "items/*", loading("overwrite"))
    folder = tmp_path / "inbox/items"
    folder.mkdir()
    (folder / "a.csv").write_text("id,name,price,day\n1,a,1,2024-01-01\n")
    made.run()
    (folder / "b.jsonl").write_text('{"id": 2, "name": "b", "price": 2, "day": null}\n')
    with pytest.raises(SourceChangedError, match=r"a\.csv is csv, items/b\.jsonl is jsonl"):
        made.run()
    made.config["sources"][0]["connection"]["format"] = "jsonl"
    made.write()
    made.run()
    assert place.rows("items", "id, name") == [("2", "b")]
