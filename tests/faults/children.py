"""Generated projects whose commands are children of a server that has their libraries loaded (see `forking`).

Hundreds of short runs would otherwise spend most of their time importing the same libraries. Each command still is a
process of its own that loads the generated code, and dies alone.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.util
import json
import os
import py_compile
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import TextIO

from generator import generate
from generator.design.models import PipelineDesign
from tests.generated import TIMEOUT_SECONDS, GeneratedProject

FORKING = Path(__file__).with_name("forking.py")
LOCKED, SECONDS_TO_NOTICE = 75, 30
DYING = Path(__file__).with_name("dying.py")
SHIFTED = Path(__file__).with_name("shifted.py")
LINGERING = Path(__file__).with_name("lingering.py")


@functools.cache
def server() -> Path:
    """Start the server, once for each test process; return its socket, in a folder that goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="forking-"))
    process = subprocess.Popen(
        [sys.executable, FORKING, folder / "socket"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )

    def stop() -> None:
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    assert process.stdout
    assert process.stdout.readline() == b"listening\n"
    return folder / "socket"


class Child:
    """A running command."""

    def __init__(self, words: list[str], cwd: Path, env: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="said-"))
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(TIMEOUT_SECONDS)
        self._socket.connect(str(server()))
        self._stream: TextIO = self._socket.makefile("rw")
        out, err = (str(self._folder / name) for name in ("out", "err"))
        for name in (out, err):
            Path(name).touch()
        asked = {"words": words, "cwd": str(cwd), "env": dict(env), "out": out, "err": err}
        self._stream.write(json.dumps(asked) + "\n")
        self._stream.flush()
        self._words = words
        self.pid = int(self._stream.readline())

    def finished(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end; return its exit code and what it said."""
        try:
            code = int(self._stream.readline())
        except TimeoutError:
            self.kill()
            raise
        finally:
            self._stream.close()
            self._socket.close()
        said = [(self._folder / name).read_text() for name in ("out", "err")]
        shutil.rmtree(self._folder)
        return subprocess.CompletedProcess(self._words, code, *said)

    def kill(self) -> None:
        """SIGKILL it, unless it has ended."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


@dataclass(frozen=True)
class ForkedProject(GeneratedProject):
    """A generated project whose commands are forked.

    Attributes:
        killed: Where its commands have been killed so far.
    """

    killed: list[str] = field(default_factory=list)

    def begin(self, *arguments: str, env: Mapping[str, str] | None = None) -> Child:
        """Start a command."""
        return Child(["-m", self.name, *arguments], self.folder, self.environment(env))

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None, check: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; see `GeneratedProject.run`.

        A server takes a moment to notice that a client was killed, and holds its lock meanwhile: who comes then is
        told to come again.
        """
        done = self.begin(*arguments, env=env).finished()
        patience = time.monotonic() + SECONDS_TO_NOTICE
        while self.killed and check == 0 and done.returncode == LOCKED and time.monotonic() < patience:
            done = self.begin(*arguments, env=env).finished()
        if check is not None and done.returncode != check:
            shown = f"{' '.join(arguments)}: exit {done.returncode}, not {check}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
            raise AssertionError(shown)
        return done

    def die(self, point: str, occurrence: int, *command: str) -> None:
        """Run a command (see `dying`) that dies when it comes to a point for the given time."""
        words = [str(DYING), self.name, point, str(occurrence), *command]
        patience = time.monotonic() + SECONDS_TO_NOTICE
        while True:
            done = Child(words, self.folder, self.environment()).finished()
            if not (self.killed and done.returncode == LOCKED and time.monotonic() < patience):
                break
        assert done.returncode == -signal.SIGKILL, (
            f"exit {done.returncode} and no death at {point}\n{done.stderr[-3000:]}"
        )
        self.killed.append(point)

    def run_later(self, days: float, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command under a clock that is ahead by some days, to its end."""
        return Child(
            [str(SHIFTED), self.name, str(days), *command], self.folder, self.environment()
        ).finished()

    def linger(self, point: str, until: Path) -> Child:
        """Start a run that waits at a point until a file is there (see `lingering`)."""
        return Child([str(LINGERING), self.name, point, str(until)], self.folder, self.environment())

    def die_after(self, seconds: float, *command: str) -> None:
        """Run a command and kill it after a time, wherever it is by then."""
        child = self.begin(*command)
        time.sleep(seconds)
        child.kill()
        child.finished()
        self.killed.append(f"{seconds} s")


def make(design: PipelineDesign, folder: Path, env: Mapping[str, str] | None = None) -> ForkedProject:
    """Generate a project and return it, ready to run."""
    generate(design, folder)
    _compile(folder / "src")
    return ForkedProject(folder, design.pipeline.name, env or {})


def _compile(folder: Path) -> None:
    """Compile a project; what another one has byte for byte is compiled once. Python verifies it by its content."""
    for file in folder.rglob("*.py"):
        compiled = server().parent / f"{hashlib.sha256(file.read_bytes()).hexdigest()}.pyc"
        if not compiled.exists():
            py_compile.compile(
                str(file), str(compiled), doraise=True, invalidation_mode=PycInvalidationMode.CHECKED_HASH
            )
        target = Path(importlib.util.cache_from_source(str(file)))
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(compiled, target)
