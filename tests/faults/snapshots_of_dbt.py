"""Run in dbt's own environment: one `dbt build` for each state of a table, into ``warehouse.duckdb``.

Arguments: an empty folder, where it is run, and a JSON file that holds a list of states, each a list of rows
``[id, name, balance, updated_at]``. The file's name must not begin with ``dbt_``: dbt would take it for a plugin.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

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
COLUMNS = {"id": "BIGINT", "name": "VARCHAR", "balance": "BIGINT", "updated_at": "TIMESTAMP"}
MODEL = f"SELECT * FROM read_json('accounts.json', columns={COLUMNS})"
SNAPSHOT = """
snapshots:
  - name: history
    relation: ref('accounts')
    config: {unique_key: id, strategy: timestamp, updated_at: updated_at, hard_deletes: invalidate}
"""

folder, states = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
for name, text in {
    "dbt_project.yml": PROJECT, "profiles.yml": PROFILE, "models/accounts.sql": MODEL,
    "snapshots/history.yml": SNAPSHOT,
}.items():  # fmt: skip
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
where = ["--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet"]
dbt = importlib.import_module("dbt.cli.main").dbtRunner()
for rows in states:
    (folder / "accounts.json").write_text(
        "".join(f"{json.dumps(dict(zip(COLUMNS, row, strict=True)))}\n" for row in rows)
    )
    done = dbt.invoke(["build", *where])
    if not done.success:
        sys.exit(f"dbt failed: {done.exception}")
