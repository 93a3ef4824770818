"""`pipewizard probe`: what live connections hold, shown and kept in the design."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from generator.design.yaml_io import load_design
from tests.cli.conftest import Run


def test_probe_names_all_missing_variables_at_once(run: Run, tmp_path: Path) -> None:
    connection = "{host: '${A_HOST}', database: '${A_DB}', user: '${A_USER}', password: '${A_PASSWORD}'}"
    (tmp_path / "d.yaml").write_text(f"sources: [{{name: a, type: postgres, connection: {connection}}}]\n")
    code, out, err = run("probe", "d.yaml")
    assert (code, out) == (1, "")
    for name in ("A_HOST", "A_DB", "A_USER", "A_PASSWORD"):
        assert name in err
    code, out, _ = run("probe", "d.yaml", "--json")
    assert code == 1
    assert json.loads(out)["sources"][0]["error"]["kind"] == "missing_settings"


@pytest.mark.slow
def test_probe_shows_what_a_live_database_holds(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount TEXT)")
        database.execute("INSERT INTO orders VALUES (1, 'x')")
    monkeypatch.setenv("SHOP_PATH", str(tmp_path / "shop.db"))
    (tmp_path / "d.yaml").write_text(
        "sources: [{name: shop, type: sqlite, connection: {path: '${SHOP_PATH}'}}]\n"
    )
    code, out, err = run("probe", "d.yaml", "--json")
    assert code == 0, err
    (table,) = json.loads(out)["sources"][0]["tables"]
    assert (table["name"], table["primary_key"]) == ("orders", ["id"])
    code, out, _ = run("probe", "d.yaml")
    assert code == 0
    assert "orders" in out
    assert run("probe", "d.yaml", "--source", "shp")[0] == 2


@pytest.mark.slow
def test_a_design_written_by_hand_is_completed_by_a_probe(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, at TIMESTAMP)")
    tables = "[{table: orders, alias: sales, pii: {email: tokenize}}]"
    source = f"{{name: shop, type: sqlite, connection: {{path: '${{SHOP_PATH}}'}}, tables: {tables}}}"
    design = tmp_path / "d.yaml"
    design.write_text(
        f"pipeline: {{name: shop_orders}}\nsources: [{source}]  # by hand\n"
        "destination: {type: duckdb, connection: {path: w.duckdb}}\n"
    )
    before = design.read_text()
    code, out, _ = run("validate", "d.yaml")
    assert code == 1
    assert "the columns of orders are not known yet" in out
    assert "pipewizard probe DESIGN.yaml -o DESIGN.yaml" in out

    code, _, err = run("probe", "d.yaml", "-o", "d.yaml")
    assert code == 1
    assert "d.yaml is not written" in err
    assert design.read_text() == before
    monkeypatch.setenv("SHOP_PATH", str(tmp_path / "shop.db"))
    code, _, err = run("probe", "d.yaml", "-o", str(tmp_path / "no" / "d.yaml"))
    assert code == 1
    assert "cannot be written: No such file or directory" in err

    code, _, err = run("probe", "d.yaml", "-o", "d.yaml")
    assert (code, err.splitlines()[-1]) == (0, "wrote d.yaml")
    assert run("validate", "d.yaml")[0] == 0
    (table,) = load_design(design).sources[0].tables
    assert [(column.name, column.type) for column in table.columns_probed] == [
        ("id", "bigint"),
        ("email", "text"),
        ("at", "timestamp"),
    ]
    assert (table.alias, table.pii, table.primary_key) == ("sales", {"email": "tokenize"}, ["id"])
    assert not list(tmp_path.glob(".d.yaml*"))
    design.write_text(design.read_text().replace("table: orders", "table: ordrs"))
    _, _, err = run("probe", "d.yaml", "-o", "d2.yaml")
    assert "sales: is not in the source, or not visible" in err
