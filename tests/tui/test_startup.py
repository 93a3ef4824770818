"""The real program: what it loads, what it leaves behind, and how it ends."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from generator.design.models import PipelineDesign, PipelineInfo, Source
from generator.design.yaml_io import dump_design

HEAVY = (
    "sqlalchemy",
    "duckdb",
    "jinja2",
    "pyarrow",
    "sqlglot",
    "psycopg",
    "adbc_driver_postgresql",
    "pydantic",
)
COLOUR = re.compile(rb"\x1b\[[0-9;:]*m")


def test_importing_the_app_loads_nothing_heavy() -> None:
    script = f"import sys, tui.app; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@contextmanager
def running(script: str, env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run Python in a terminal of 80x24 and give its process and the terminal's other end."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True, start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **env},
    )  # fmt: skip
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, wanted: bytes, *, seconds: float = 40) -> bytes:
    """Read what the program draws until a word is there."""
    seen, deadline = b"", time.monotonic() + seconds
    while wanted not in seen:
        assert time.monotonic() < deadline, f"{wanted!r} not seen in {seen[-2000:]!r}"
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                break
    return seen


APP = "from tui.app import PipewizardApp; import sys; a = PipewizardApp({}); a.run(); sys.exit(a.return_code or 0)"


def press_until(terminal: int, key: bytes, wanted: bytes) -> None:
    """Press a key until a word is there: what is drawn may not hear keys yet."""
    for _ in range(10):
        os.write(terminal, key)
        with suppress(AssertionError):
            read_until(terminal, wanted, seconds=4)
            return
    raise AssertionError(f"{wanted!r} not seen")


def colour_codes(output: bytes) -> set[bytes]:
    """Return the parameters of all SGR sequences that set a colour."""
    parameters = {one for code in COLOUR.findall(output) for one in re.split(rb"[;:]", code[2:-1])}
    return {one for one in parameters if one.isdigit() and (30 <= int(one) <= 49 or 90 <= int(one) <= 107)}


@pytest.mark.slow
@pytest.mark.parametrize("value", ["1", ""])
def test_no_color_gives_no_colour_codes_at_all(tmp_path: Path, value: str) -> None:
    env = {"PIPEWIZARD_DRAFTS": str(tmp_path), "NO_COLOR": value}
    with running(APP.format(""), env) as (_process, terminal):
        output = read_until(terminal, b"No drafts yet")
        os.write(terminal, b"?")
        output += read_until(terminal, b"Help: every key")
        assert colour_codes(output) == set()


@pytest.mark.slow
def test_with_colour_there_are_colour_codes(tmp_path: Path) -> None:
    with running(APP.format(""), {"PIPEWIZARD_DRAFTS": str(tmp_path)}) as (_process, terminal):
        assert colour_codes(read_until(terminal, b"No drafts yet"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_and_gives_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    design = PipelineDesign(pipeline=PipelineInfo(name="shop"))
    script = APP.format("__import__('generator').PipelineDesign(pipeline={'name': 'shop'})")
    with running(script, {"PIPEWIZARD_DRAFTS": str(tmp_path)}) as (process, terminal):
        read_until(terminal, b"add source")
        process.send_signal(number)
        output = read_until(terminal, b"\x1b[?1049l")
        assert process.wait(10) == 128 + number
        assert b"Traceback" not in output
    assert next(tmp_path.glob("*.yaml")).read_text() == dump_design(design)


@pytest.mark.slow
def test_quitting_while_a_connection_hangs_takes_less_than_a_second(tmp_path: Path) -> None:
    # The better of two: a machine busy with other things must not fail it.
    assert min(seconds_to_quit(tmp_path / "first"), seconds_to_quit(tmp_path / "second")) < 1


def seconds_to_quit(folder: Path) -> float:
    """Start a probe of a server that never answers, quit, and return how long that took."""
    folder.mkdir()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        connection = {"host": "127.0.0.1", "port": server.getsockname()[1], "database": "x", "username": "x"}
        source = Source(name="crm", type="postgres", connection=connection)
        path = folder / "design.yaml"
        path.write_text(dump_design(PipelineDesign(sources=[source])), encoding="utf-8")
        script = APP.format(f"__import__('generator').load_design({str(path)!r})")
        with running(script, {"PIPEWIZARD_DRAFTS": str(folder / "drafts")}) as (process, terminal):
            read_until(terminal, b"show all settings")
            press_until(terminal, b"\x14", b"connecting")
            time.sleep(1.5)
            began = time.monotonic()
            os.write(terminal, b"\x11")
            read_until(terminal, b"\x1b[?1049l")
            assert process.wait(5) == 0
            return time.monotonic() - began


def test_a_crash_prints_no_local_variables_and_ends_with_one(tmp_path: Path) -> None:
    script = (
        "from tui.app import PipewizardApp; import sys\n"
        "class Broken(PipewizardApp):\n"
        "    def action_show_help(self):\n"
        "        password = 'hunter2'\n"
        "        raise RuntimeError('broken ' + str(len(password)))\n"
        "a = Broken(); a.run(); sys.exit(a.return_code or 0)"
    )
    with running(script, {"PIPEWIZARD_DRAFTS": str(tmp_path)}) as (process, terminal):
        read_until(terminal, b"No drafts yet")
        os.write(terminal, b"?")
        output = read_until(terminal, b"broken 7")
        assert process.wait(10) == 1
        assert b"locals" not in output
        assert output.count(b"hunter2") <= 1, "only the source line itself, never the variable's value"
