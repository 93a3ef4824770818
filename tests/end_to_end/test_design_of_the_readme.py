"""The design file README shows, typed in by hand: probed, generated and run as it says there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.generated import GeneratedProject
from tests.servers.postgres import PostgresServer
from tui.cli import main

README = Path(__file__).parents[2] / "README.md"
SHOP = """
create table customers (customer_id bigint primary key, email text, region text, updated_at timestamptz);
create table orders (order_id bigint primary key, customer_id bigint, status text, amount numeric(12, 2),
                     ordered_at timestamptz, updated_at timestamptz);
insert into customers select i, 'c' || i || '@example.com', (array['north', 'süd', null])[1 + i % 3],
       timestamptz '2026-01-01' from generate_series(1, 50) i;
insert into orders select i, 1 + i % 60, (array['paid', 'open'])[1 + i % 2], i * 1.01,
       timestamptz '2026-01-01 00:00+00' + i * interval '1 hour', timestamptz '2026-02-01' from generate_series(1, 400) i;
"""
TRUTH = """
select (o.ordered_at at time zone 'UTC')::date, c.region, sum(o.amount)
from orders o join customers c using (customer_id) where o.status = 'paid' group by 1, 2
"""


def the_design() -> dict[str, Any]:
    """Return the one design README shows."""
    (text,) = re.findall(r"^```yaml\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    design: dict[str, Any] = yaml.safe_load(text)
    return design


@pytest.mark.slow
def test_it_runs_and_equals_the_source(
    scram_postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = scram_postgres_server.create_database()
    source.execute(SHOP)
    design = the_design()
    design["sources"][0]["connection"] |= {
        "port": source.port, "database": source.database, "username": source.username, "sslmode": "disable"
    }  # fmt: skip
    file, folder = tmp_path / "design.yaml", tmp_path / "shop_orders"
    file.write_text(yaml.safe_dump(design))
    secrets = {"SHOP_HOST": source.host, "SHOP_PASSWORD": source.password}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)

    assert main(["validate", str(file)]) == 1
    assert main(["generate", str(file), "-o", str(folder)]) == 1
    assert not folder.exists()
    assert main(["probe", str(file), "-o", str(file)]) == 0
    assert main(["validate", str(file)]) == 0
    assert main(["generate", str(file), "-o", str(folder)]) == 0
    warehouse = tmp_path / "warehouse.duckdb"
    settings = {"WAREHOUSE_PATH": str(warehouse), "PII_TOKEN_KEY": "k" * 64, **secrets}
    project = GeneratedProject(folder, "shop_orders", settings)
    for _ in range(2):
        project.run("run")
    with duckdb.connect(str(warehouse), read_only=True) as database:
        loaded = database.execute("SELECT day, region, revenue FROM analytics.daily_revenue").fetchall()
        staged = database.execute("SELECT email FROM staging.customers").fetchall()
    assert sorted(map(str, loaded)) == sorted(map(str, source.query(TRUTH)))
    assert len(staged) == 50
    assert not any("@" in email for (email,) in staged)
