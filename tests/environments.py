"""Environments for what cannot share ours (Airflow, dlt, ...): made with uv, cached outside the tree."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import platformdirs

CACHE = Path(platformdirs.user_cache_dir("pipewizard")) / "environments"


def environment(name: str, *requirements: str, python: str = "3.11", constraints: Path | None = None) -> Path:
    """Return the folder of a virtual environment that holds the requirements, making it when it is not there yet.

    Two test processes that ask at the same time get the same one. The folder's name carries a digest of the
    requirements, so a changed requirement makes a new environment.

    Raises:
        subprocess.CalledProcessError: uv could not install the requirements.
    """
    lines = [python, *requirements, constraints.read_text() if constraints else ""]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
    folder = CACHE / f"{name}-{digest}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run(["uv", "venv", "--quiet", "--python", python, folder], check=True)
            limits = ["--constraint", str(constraints)] if constraints else []
            subprocess.run(
                [
                    "uv",
                    "pip",
                    "install",
                    "--quiet",
                    "--python",
                    folder / "bin/python",
                    *limits,
                    *requirements,
                ],
                check=True,
            )
            (folder / "complete").touch()
    return folder
