"""The container: unprivileged, on a read-only file system, without a secret; accepted by docker compose where it is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import generate
from tests.project.designs import design


def has_compose() -> bool:
    """Tell whether ``docker compose`` is here; it checks files without a running engine."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0


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
    users = [
        line for line in (project / "docker/Dockerfile").read_text().splitlines() if line.startswith("USER ")
    ]
    assert users == ["USER 10001:10001"]


def test_no_secret_is_in_image_or_compose_file(project: Path) -> None:
    for name in ("Dockerfile", "docker-compose.yaml"):
        assert "PASSWORD" not in (project / "docker" / name).read_text()
    assert ".env" in (project / ".dockerignore").read_text().splitlines()


def test_paths_of_this_machine_become_paths_in_the_container(project: Path) -> None:
    assert service(project)["environment"] == {"SHOP_PATH": "/data/shop.db"}


def test_everything_the_image_copies_is_there(project: Path) -> None:
    copied = [
        line.split()[1:-1]
        for line in (project / "docker/Dockerfile").read_text().splitlines()
        if line.startswith("COPY ")
    ]
    for name in (name for names in copied for name in names if not name.startswith(("--", "/"))):
        assert (project / name).exists(), name


@pytest.mark.slow
@pytest.mark.skipif(not has_compose(), reason="docker compose is not here")
def test_compose_accepts_the_file(project: Path) -> None:
    words = ["docker", "compose", "-f", "docker/docker-compose.yaml", "config", "--quiet"]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
