"""The sample shop: same seed same rows, faults few and known, relations as declared."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from generator.connectors.registry import connector
from generator.demo import demo_design, demo_environment, make_shop, shop_file, write_environment
from generator.demo.shop import CUSTOMERS, FAULTS, ORDERS, PRODUCTS

NOW = datetime(2026, 3, 1, 12)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shop(shop_file(tmp_path_factory.mktemp("demo")), now=NOW)


@pytest.fixture(scope="module")
def shop(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connection:
        yield connection


def one(shop: sqlite3.Connection, sql: str) -> object:
    return shop.execute(sql).fetchone()[0]


@pytest.mark.slow
def test_same_seed_and_time_give_the_same_rows(shop: sqlite3.Connection, tmp_path: Path) -> None:
    first = list(shop.iterdump())
    for seed, same in ((7, True), (8, False)):
        with closing(sqlite3.connect(make_shop(tmp_path / str(seed), seed=seed, now=NOW))) as again:
            assert (list(again.iterdump()) == first) is same


def test_it_has_some_thousands_of_rows(shop: sqlite3.Connection) -> None:
    counts = [one(shop, f"SELECT count(*) FROM {table}") for table in ("customers", "products", "orders")]
    assert counts == [CUSTOMERS, PRODUCTS, ORDERS]
    assert 12_000 < int(str(one(shop, "SELECT count(*) FROM order_items"))) < 18_000


def test_the_faults_are_there_and_few(shop: sqlite3.Connection) -> None:
    found = {
        "orders.amount": one(shop, "SELECT count(*) FROM orders WHERE typeof(amount) = 'text'"),
        "orders.ordered_at": one(shop, "SELECT count(*) FROM orders WHERE datetime(ordered_at) IS NULL"),
        "orders.negative": one(
            shop, "SELECT count(*) FROM orders WHERE typeof(amount) <> 'text' AND amount < 0"
        ),
        "order_items.orphan": one(
            shop, "SELECT count(*) FROM order_items WHERE order_id NOT IN (SELECT order_id FROM orders)"
        ),
        "products.updated_at": one(shop, "SELECT count(*) FROM products WHERE updated_at IS NULL"),
    }
    assert found == FAULTS


def test_nothing_is_from_the_future_and_updates_are_late_and_unordered(shop: sqlite3.Connection) -> None:
    assert str(one(shop, "SELECT max(updated_at) FROM orders")) <= "2026-03-01 12:00:00"
    assert str(one(shop, "SELECT max(updated_at) FROM orders")) > "2026-02-28"
    assert one(shop, "SELECT count(*) FROM orders WHERE datetime(ordered_at) > updated_at") == 0
    unordered = one(
        shop,
        "SELECT count(*) FROM orders a JOIN orders b ON b.order_id = a.order_id + 1 WHERE b.updated_at < a.updated_at",
    )
    assert int(str(unordered)) > 500


def test_the_design_is_what_a_probe_of_the_database_tells(file: Path) -> None:
    sqlite = connector("sqlite")
    live = sqlite.probe(sqlite.Settings.model_validate({"path": str(file)})).tables
    tables = {table.table: table for table in demo_design("anywhere").sources[0].tables}
    assert set(tables) == {table.name for table in live}
    for found in live:
        table = tables[found.name]
        assert table.primary_key == list(found.primary_key)
        assert [(c.name, c.type, c.nullable, c.source_type, c.caveat) for c in table.columns_probed] == [
            (c.name, c.type, c.nullable, c.source_type, c.caveat) for c in found.columns
        ]


def test_environment_file_is_private_and_keeps_its_key(tmp_path: Path) -> None:
    target = write_environment(tmp_path / "it's here", tmp_path)
    first = target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert all(f"{name}=" in first for name in demo_environment(tmp_path))
    write_environment(tmp_path / "it's here", tmp_path)
    assert target.read_text() == first
