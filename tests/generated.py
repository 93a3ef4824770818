"""Run generated projects in child processes, as their owners would, without one environment per project.

A generated package is its project's ``src`` folder under the pipeline's name. Here that name is a link on the child's
import path, and the child uses our own interpreter, which has every library a generated project may need.
`tests/projects` also runs projects through ``uv run``, as their README says.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator import generate
from generator.design.models import PipelineDesign

TIMEOUT_SECONDS = 240


@dataclass(frozen=True)
class GeneratedProject:
    """A project on disk and the environment its commands run in."""

    folder: Path
    name: str
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def state_dir(self) -> Path:
        """The local state of the project's machine: staging, logs, metrics. Losing it must lose nothing."""
        return self.folder / ".state"

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the whole environment of a child."""
        links = self.folder.parent / f"{self.folder.name}-path"
        links.mkdir(exist_ok=True)
        if not (links / self.name).exists():
            (links / self.name).symlink_to(self.folder / "src", target_is_directory=True)
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        return {
            **kept,
            "PYTHONPATH": str(links),
            "PIPELINE_STATE_DIR": str(self.state_dir),
            **self.env,
            **(extra or {}),
        }

    def command(self, *arguments: str) -> list[str]:
        """Return the words that run one of the project's commands."""
        return [sys.executable, "-m", self.name, *arguments]

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None, check: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end.

        Args:
            arguments: As after ``python -m <pipeline>``.
            env: Added to the environment.
            check: The exit code that must come; None for any.
        """
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder, env=self.environment(env), capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        if check is not None and done.returncode != check:
            shown = f"{' '.join(arguments)}: exit {done.returncode}, not {check}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
            raise AssertionError(shown)
        return done

    def run_python(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run a piece of Python as one of the project's commands would be run; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}")
        return done

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a command and return the running process, in a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder, env=self.environment(env), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def status(self) -> dict[str, Any]:
        """Return what ``status --json`` says."""
        answer = json.loads(self.run("status", "--json").stdout)
        assert isinstance(answer, dict)
        return answer

    def wipe_state(self) -> None:
        """Lose the machine's local disk."""
        shutil.rmtree(self.state_dir, ignore_errors=True)


def make(design: PipelineDesign, folder: Path, env: Mapping[str, str] | None = None) -> GeneratedProject:
    """Generate a project and return it, ready to run."""
    generate(design, folder)
    return GeneratedProject(folder, design.pipeline.name, env or {})


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL a process and everything it started, and wait until it is gone."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
