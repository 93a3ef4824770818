import asyncio
import os
import sys
import time
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from tui.theme import DARK
from tui.views.processes import HIDDEN, clean_line, exit_words, redact, short_log
from tui.widgets.live_output import Command, Finished, LiveOutput


class OutputApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.ended: list[Finished] = []

    def compose(self) -> ComposeResult:
        yield LiveOutput()

    def on_live_output_ended(self, event: LiveOutput.Ended) -> None:
        self.ended.append(event.result)


def python(code: str, folder: Path, secrets: tuple[str, ...] = ()) -> Command:
    environment = {"PATH": os.environ["PATH"]}
    return Command("a test", (sys.executable, "-c", code), folder, environment, secrets)


async def run(command: Command) -> tuple[Finished, str]:
    app = OutputApp()
    async with app.run_test(size=(90, 30)) as pilot:
        app.query_one(LiveOutput).start(command)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        return app.ended[0], "\n".join(app.query_one(LiveOutput).lines)


async def test_output_arrives_and_the_end_is_told(tmp_path: Path) -> None:
    result, shown = await run(
        python("print('hello'); print('wörld', flush=True); raise SystemExit(3)", tmp_path)
    )
    assert result.code == 3
    assert "hello" in shown
    assert "wörld" in shown


async def test_programs_write_for_a_person(tmp_path: Path) -> None:
    code = "import sys, shutil; print(sys.stdout.isatty(), shutil.get_terminal_size().columns)"
    result, shown = await run(python(code, tmp_path))
    assert result.ok
    assert "True 8" in shown


async def test_a_secret_never_reaches_the_screen_or_the_result(tmp_path: Path) -> None:
    secret = "hunter2-very-long-secret"
    code = f"print('password=' + bytes.fromhex({secret.encode().hex()!r}).decode() + '!')"
    result, shown = await run(python(code, tmp_path, secrets=(secret,)))
    assert secret not in result.output
    assert f"password={HIDDEN}!" in shown
    assert secret not in repr(result.command)


async def test_a_program_that_is_missing_is_said(tmp_path: Path) -> None:
    result, shown = await run(Command("a test", ("no-such-program-at-all",), tmp_path, {}))
    assert result.code is None
    assert "cannot start no-such-program-at-all" in shown


async def test_stopping_ends_the_program_and_its_children(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "open('pid', 'w').write(str(child.pid)); print('ready', flush=True); time.sleep(60)"
    )
    app = OutputApp()
    async with app.run_test(size=(90, 30)) as pilot:
        output = app.query_one(LiveOutput)
        output.start(python(code, tmp_path))
        while not any(line.strip() == "ready" for line in output.lines):
            await pilot.pause(0.05)
        began = time.monotonic()
        output.stop()
        await pilot.app.workers.wait_for_complete()
        assert time.monotonic() - began < 3
        await pilot.pause()
        assert app.ended[0].code != 0
    child = int((tmp_path / "pid").read_text())
    for _ in range(50):
        if not alive(child):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the child outlived its parent")


async def test_a_stop_before_the_program_has_started_counts(tmp_path: Path) -> None:
    app = OutputApp()
    async with app.run_test(size=(90, 30)) as pilot:
        output = app.query_one(LiveOutput)
        output.start(python("import time; time.sleep(60)", tmp_path))
        output.stop()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert app.ended[0].code != 0
        assert app.ended[0].seconds < 5


async def test_leaving_the_screen_leaves_nothing_running(tmp_path: Path) -> None:
    app = OutputApp()
    async with app.run_test(size=(90, 30)) as pilot:
        output = app.query_one(LiveOutput)
        output.start(python("import os, time; print(os.getpid(), flush=True); time.sleep(60)", tmp_path))
        while not any(line.isdigit() for line in output.lines):
            await pilot.pause(0.05)
        pid = next(int(line) for line in output.lines if line.isdigit())
    for _ in range(50):
        if not alive(pid):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the program outlived the screen")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m\n", "red"),
        ("10 %\r50 %\r100 %\n", "100 %"),
        ("[/x] [a=b] text[]\n", "[/x] [a=b] text[]"),
        ("\x1b]0;title\x07ok\n", "ok"),
        ("bell\x07\n", "bell"),
    ],
)
def test_control_codes_do_not_reach_the_screen(raw: str, shown: str) -> None:
    assert clean_line(raw) == shown


def test_a_secret_inside_a_longer_one_is_hidden_with_it() -> None:
    assert redact("abcdefgh abcd", ["abcd", "abcdefgh"]) == f"{HIDDEN} {HIDDEN}"


def test_short_values_are_no_secrets() -> None:
    assert redact("a 1 b", ["1"]) == "a 1 b"


def test_log_lines_lose_what_is_the_same_on_every_line() -> None:
    line = (
        "2026-11-23T04:14:20.561359Z [info     ] transformed        transform=x pipeline=shop run_id=2026-ab"
    )
    assert short_log(line) == "04:14:20 info    transformed  transform=x"
    assert short_log("plain text") == "plain text"


def test_exit_codes_have_words() -> None:
    assert "quality gate" in exit_words(3)
    assert "lock" in exit_words(75)
    assert "41" in exit_words(41)
