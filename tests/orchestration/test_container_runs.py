"""The image's own instructions, carried out: as an unprivileged user, on a read-only root, it does its whole work."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from generator import generate
from generator.design.models import PipelineDesign
from tests.orchestration.containers import Container, container
from tests.project.designs import design

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("installing")]
ORDERS = [(number, number % 7, "paid" if number % 2 else "open", number / 4, f"2026-01-{number % 28 + 1:02d} 08:00:00")
          for number in range(1, 201)]  # fmt: skip
CUSTOMERS = [(number, f"user{number}@example.com", "north" if number % 2 else "south") for number in range(7)]
HEADS = {
    "orders": ("order_id", "customer_id", "status", "amount", "updated_at"),
    "customers": ("customer_id", "email", "region"),
}
TOTAL = """\
import pyarrow as pa
import pyarrow.compute as pc


def transform(inputs: dict[str, pa.Table]) -> pa.Table:
    paid = inputs["orders"].filter(pc.equal(inputs["orders"]["status"], "paid"))
    return paid.group_by("customer_id").aggregate([("order_id", "count")])
"""


def sqlite_to_duckdb(data: Path) -> PipelineDesign:
    with sqlite3.connect(data / "shop.db") as shop:
        shop.execute("CREATE TABLE orders (order_id, customer_id, status, amount, updated_at)")
        shop.execute("CREATE TABLE customers (customer_id, email, region)")
        shop.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", ORDERS)
        shop.executemany("INSERT INTO customers VALUES (?, ?, ?)", CUSTOMERS)
    shop.close()
    return design("sqlite", "duckdb", modelled=False)


def files_to_files_by_python(data: Path) -> PipelineDesign:
    (data / "shop").mkdir()
    for name, rows in (("orders", ORDERS), ("customers", CUSTOMERS)):
        with (data / "shop" / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([HEADS[name], *rows])
    made = design("files", "files", technology={"orchestrator": "cron"})
    (transformation,) = made.transformations
    transformation.type, transformation.sql, transformation.code = "python", None, TOTAL
    transformation.input_tables = ["staging.orders"]
    transformation.loading = None
    made.destination.loading.strategy, made.quality.post_transform, made.quality.final = "overwrite", [], []
    return made


@pytest.fixture(
    scope="module", params=[sqlite_to_duckdb, files_to_files_by_python], ids=lambda made: made.__name__
)
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A built image; its project and data lie beside each other."""
    folder = tmp_path_factory.mktemp("container")
    (folder / "data").mkdir()
    generate(request.param(folder / "data"), folder / "shop_orders")
    (folder / "layers").mkdir()
    with container(folder / "shop_orders", folder / "layers") as made:
        yield made


def published(data: Path) -> int:
    """Count what is published, read by something other than the pipeline."""
    if (data / "warehouse.duckdb").exists():
        with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as warehouse:
            return len(warehouse.execute("FROM analytics.orders").fetchall())
    manifest = json.loads(next(data.glob("*/_manifest.json")).read_text())
    (entry,) = [entry for entry in manifest["tables"] if entry["table"] == "revenue"]
    folder = next(data.glob("*/_manifest.json")).parent
    return len(duckdb.read_parquet([str(folder / file) for file in entry["files"]]).fetchall())


def test_nothing_but_the_declared_volumes_can_be_written(image: Container) -> None:
    assert image.run(program=["id", "-u"]).stdout == "10001\n"
    rights = image.run(program=["cat", "/proc/self/status"]).stdout
    assert "CapEff:\t0000000000000000" in rights
    assert "NoNewPrivs:\t1" in rights
    for place in ("/", "/app", "/app/sql", "/venv", "/etc", "/usr", "/var/lib"):
        refused = image.run(program=["touch", f"{place}/x"], check=None)
        assert refused.returncode == 1, place
        assert "Read-only file system" in refused.stderr, place
    for place in ("/data", "/var/lib/pipeline", Path("/", "tmp").as_posix()):
        image.run(program=["touch", f"{place}/x"])
        image.run(program=["rm", f"{place}/x"])


def test_it_does_its_whole_work_there(image: Container) -> None:
    assert "is ready to run" in image.run("doctor").stdout
    expected = 200 if (image.data / "shop.db").exists() else 7
    for words in (("run",), ("run",), ("run", "--full-refresh")):
        assert "success" in image.run(*words).stdout
        assert published(image.data) == expected
    assert [run["status"] for run in json.loads(image.run("status", "--json").stdout)["runs"]] == [
        "success"
    ] * 3
    for words in (
        ("check",),
        ("dlq", "list"),
        ("dlq", "replay"),
        ("erase", "--subject", "3", "--yes"),
        ("retention",),
        ("unlock",),
    ):
        image.run(*words)
    for stage in (
        "extraction",
        "pre_transform_quality",
        "transformation",
        "post_transform_quality",
        "loading",
        "final_quality",
    ):
        image.run("stage", stage, "--run-id", "orchestrated")
    assert "pipeline_run_success" in image.read_state("metrics.prom")


def test_a_destination_it_may_not_write_is_named_with_what_to_do(image: Container) -> None:
    """The commonest mistake with a mounted folder: it belongs to somebody else."""
    image.give_data_to("0:0")
    for words in (("doctor",), ("run",)):
        done = image.run(*words, check=1)
        assert "/data" in done.stdout + done.stderr
        assert "unexpected" not in done.stderr
    image.give_data_to("10001:10001")
    image.run("run")
