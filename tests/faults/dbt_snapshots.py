"""Run in dbt's own environment: one `dbt snapshot` for each state of a table, and the history it made as JSON.

Arguments: an empty folder, and a JSON file that holds a list of states, each a list of rows
``[id, name, balance, updated_at]``. A key that is missing from a state was deleted.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
from dbt.cli.main import dbtRunner

PROJECT = """
name: bank
version: "1.0"
profile: bank
snapshot-paths: [snapshots]
model-paths: [models]
flags: {send_anonymous_usage_stats: false}
"""
PROFILE = """
bank:
  target: here
  outputs: {here: {type: duckdb, path: warehouse.duckdb, schema: main, threads: 1}}
"""
SOURCES = "sources: [{name: raw, schema: main, tables: [{name: accounts}]}]"
SNAPSHOT = """
snapshots:
  - name: history
    relation: source('raw', 'accounts')
    config: {unique_key: id, strategy: timestamp, updated_at: updated_at, hard_deletes: invalidate}
"""

folder, states = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
for name, text in {
    "dbt_project.yml": PROJECT, "profiles.yml": PROFILE, "models/sources.yml": SOURCES,
    "snapshots/history.yml": SNAPSHOT,
}.items():  # fmt: skip
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
where = ["--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"]
for rows in states:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as database:
        database.execute(
            "CREATE OR REPLACE TABLE accounts (id BIGINT, name VARCHAR, balance BIGINT, updated_at TIMESTAMP)"
        )
        database.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?)", rows)
    done = dbtRunner().invoke(["snapshot", *where])
    if not done.success:
        sys.exit(f"dbt failed: {done.exception}")
with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as database:
    found = database.execute(
        "SELECT id, name, balance, CAST(updated_at AS VARCHAR), CAST(dbt_valid_from AS VARCHAR),"
        " CAST(dbt_valid_to AS VARCHAR) FROM history ORDER BY id, dbt_valid_from"
    ).fetchall()
(folder / "history.json").write_text(json.dumps(found))
