"""A tmux session of our own: start a program at a given size, press keys, read what is on the screen."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.servers.presence import absent


class Tmux:
    """One program in one tmux window; a context manager that ends both.

    Args:
        command: Shell command to run.
        columns: Width of the terminal.
        lines: Height of the terminal.
        cwd: Working folder.
        env: Added to the environment.
    """

    def __init__(
        self,
        command: str,
        *,
        columns: int = 80,
        lines: int = 24,
        cwd: Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        if shutil.which("tmux") is None:
            absent("tmux", "apt-get install tmux")
        self._socket = f"pipewizard-{uuid.uuid4().hex[:8]}"
        variables = {**(env or {}), "TERM": "xterm-256color"}
        settings = [part for name, value in variables.items() for part in ("-e", f"{name}={value}")]
        self._tmux(
            "-f", os.devnull, "new-session", "-d", "-x", str(columns), "-y", str(lines), "-c", str(cwd), *settings,
            f"{command}; echo \"[exit $?]\"; exec cat",
        )  # fmt: skip

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout

    def __enter__(self) -> Tmux:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names (``Enter``, ``C-n``, ``F5``) one after another."""
        for key in keys:
            self._tmux("send-keys", key)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        """Type text as it stands."""
        self._tmux("send-keys", "-l", text)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the program, not to the shell that started it."""
        shell = self._tmux("list-panes", "-F", "#{pane_pid}").strip()
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", shell], capture_output=True, text=True, check=True
        )
        for child in children.stdout.split():
            os.kill(int(child), how)

    def screen(self, *, colours: bool = False) -> str:
        """Return the text on the screen, with escape sequences when asked for."""
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def wait_for(self, text: str, seconds: float = 30) -> str:
        """Wait until the screen shows a text and return the screen.

        Raises:
            AssertionError: it did not come; the message holds the screen.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            screen = self.screen()
            if text in screen:
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{text!r} did not appear within {seconds} s:\n{self.screen()}")
