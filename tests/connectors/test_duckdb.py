"""DuckDB: types, locks and files that are something else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from generator.connectors.duckdb.types import logical_type
from generator.connectors.registry import connector
from generator.errors import ProbeError


@pytest.mark.parametrize(
    ("spelled", "kind", "told"),
    [
        ("UBIGINT", "decimal(20,0)", ""),
        ("HUGEINT", "decimal", ""),
        ("DECIMAL(18,3)", "decimal(18,3)", ""),
        ("TIMESTAMP_NS", "timestamp", "nanoseconds"),
        ("TIME WITH TIME ZONE", "text", "offset"),
        ("ENUM('a', 'b')", "text", "allowed values"),
        ("INTEGER[]", "integer[]", ""),
        ("INTEGER[3]", "integer[]", "length"),
        ("STRUCT(a INTEGER, b VARCHAR[])", "json", "JSON"),
        ("STRUCT(a INTEGER)[]", "json", "JSON"),
        ("MAP(INTEGER, VARCHAR)", "json", "JSON"),
        ("BIT", "text", "bits"),
        ("GEOMETRY('OGC:CRS84')", "text", "GEOMETRY"),
    ],
)
def test_types_carry_what_they_can_and_tell_what_they_cannot(spelled: str, kind: str, told: str) -> None:
    logical, caveat = logical_type(spelled)
    assert logical == kind
    assert told in caveat
    assert bool(told) == bool(caveat)


def test_every_type_of_the_engine_has_a_logical_one() -> None:
    with duckdb.connect() as session:
        columns = session.execute("DESCRIBE SELECT * FROM test_all_types()").fetchall()
        assert len(columns) > 40
        for _, spelled, *_ in columns:
            logical_type(spelled)


def failure(path: Path) -> ProbeError:
    found = connector("duckdb")
    with pytest.raises(ProbeError) as caught:
        found.probe(found.Settings.model_validate({"path": str(path)}))
    assert caught.value.fix
    return caught.value


def test_each_way_to_fail_has_its_kind(tmp_path: Path) -> None:
    assert failure(tmp_path / "none.duckdb").kind == "no_such_database"
    assert failure(tmp_path).kind == "no_such_database"
    text = tmp_path / "notes.txt"
    text.write_text("no database " * 2_000)
    assert failure(text).kind == "no_such_database"


def test_a_sqlite_file_names_the_connector_for_it(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (a)")
    database.close()
    assert failure(path).fix == "choose the connector sqlite"


def test_a_file_another_program_writes_is_told(tmp_path: Path) -> None:
    path = tmp_path / "busy.duckdb"
    script = f"import duckdb; d = duckdb.connect({str(path)!r}); print('open', flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdout.readline() == "open\n"
    error = failure(path)
    holder.communicate("\n")
    assert error.kind == "refused"
    assert "another program" in error.what


def test_a_new_destination_is_welcome_and_not_created(tmp_path: Path) -> None:
    found = connector("duckdb")
    path = tmp_path / "new" / "w.duckdb"
    assert "will be created" in found.test(found.Settings.model_validate({"path": str(path)}))
    assert list(tmp_path.iterdir()) == []
