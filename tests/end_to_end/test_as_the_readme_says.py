"""A generated project used as its README tells its owner to: ``uv run``, secrets in ``.env``, its own tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from generator import generate
from tests.end_to_end import shop_postgres
from tests.end_to_end.designing import designed
from tests.end_to_end.test_models import TRANSFORMATIONS, assert_models_equal_source
from tests.end_to_end.truth import PostgresTarget
from tests.servers.postgres import PostgresServer

UV_SECONDS = 280


def uv(folder: Path, *words: str, check: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command of the README in a project's folder, with nothing of ours in the environment."""
    kept = {key: value for key, value in os.environ.items() if not re.match("VIRTUAL_ENV|PYTHON|PYTEST", key)}
    done = subprocess.run(
        ["uv", "run", *words],
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        timeout=UV_SECONDS,
        check=False,
    )
    assert done.returncode == check, (
        f"{words}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    return done


def referring(owner: str, connection: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """Return a connection with ``${NAME}`` for host and password, and put what they stand for into ``values``."""
    values |= {f"{owner}_{name.upper()}": str(connection[name]) for name in ("host", "password")}
    return connection | {name: f"${{{owner}_{name.upper()}}}" for name in ("host", "password")}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_doctor_run_status_check_and_its_own_tests(
    tmp_path: Path, scram_postgres_server: PostgresServer
) -> None:
    source, target = (
        scram_postgres_server.create_database(),
        PostgresTarget(scram_postgres_server.create_database()),
    )
    shop_postgres.create(source.url)
    values: dict[str, str] = {}
    destination = target.design
    design = designed(
        "postgres", referring("ORIGIN", source.connection, values),
        destination | {"connection": referring("WAREHOUSE", destination["connection"], values)},
        transformations=TRANSFORMATIONS, chosen=lambda table: table.name != "visits", env=values,
    )  # fmt: skip
    folder = tmp_path / "shop"
    generate(design, folder)
    assert not any(
        values["ORIGIN_PASSWORD"] in path.read_text(errors="replace")
        for path in folder.rglob("*")
        if path.is_file()
    )

    uv(folder, "python", "-m", "shop", "run", check=2)
    missing = uv(folder, "python", "-m", "shop", "doctor", check=2)
    assert all(name in missing.stdout + missing.stderr for name in values)
    (folder / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in values.items()))
    uv(folder, "python", "-m", "shop", "doctor")

    for prepare in (lambda url: None, lambda url: None, shop_postgres.change):
        prepare(source.url)
        uv(folder, "python", "-m", "shop", "run")
        assert_models_equal_source(source.url, target)
    status = json.loads(uv(folder, "python", "-m", "shop", "status", "--json").stdout)
    assert [run["status"] for run in status["runs"]] == ["success"] * 3
    uv(folder, "python", "-m", "shop", "check")
    uv(folder, "pytest", "-q")
