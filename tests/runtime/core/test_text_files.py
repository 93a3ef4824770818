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
