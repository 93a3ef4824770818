"""The process a job runs in: one request on standard input, its events as lines on standard output.

Each line is a word and a JSON value: ``table {..}``, ``done {..}`` or ``error {..}``. The request arrives by
pipe, so that its secrets show in no process list; no message that leaves holds one of them.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from types import TracebackType
from typing import Any, BinaryIO

from generator.errors import ProbeError, UserError

from .base import Connector, ConnectorSettings
from .catalog import Look, ProbedTable
from .jobs import secret_values
from .registry import connector


def main() -> int:
    """Read the request, do it, report; the process ends when whoever asked is gone."""
    # Libraries that print must not end up between our lines.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_owner, daemon=True).start()
    secrets: list[str] = []

    def report_crash(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        said = " ".join(f"{kind.__name__}: {error}".split())
        fix = "report this; it is a fault of pipewizard"
        _report(out, ProbeError(f"looking at the system failed: {said}", kind="other", fix=fix), secrets)

    sys.excepthook = report_crash
    try:
        system = connector(request["connector"])
        settings = system.Settings.model_validate(request["settings"])
        secrets += secret_values(settings)
        _do(system, settings, request, out)
    except ProbeError as error:
        _report(out, error, secrets)
        return 1
    except UserError as error:
        _report(out, ProbeError(error.what, kind="other", where=error.where, fix=error.fix), secrets)
        return 1
    return 0


def _do(system: Connector, settings: ConnectorSettings, request: dict[str, Any], out: BinaryIO) -> None:
    action = request["action"]
    bound = {} if request["rows"] is None else {"rows": request["rows"]}
    if action == "probe":

        def found(table: ProbedTable) -> None:
            _write(out, "table", table.model_dump_json())

        catalog = system.probe(settings, timeout=request["timeout"], on_table=found)
        _write(out, "done", catalog.model_copy(update={"tables": ()}).model_dump_json())
    elif action == "look":
        for described in request["tables"]:
            _write(
                out, "look", _look(system, settings, ProbedTable.model_validate(described)).model_dump_json()
            )
        _write(out, "done", json.dumps(""))
    elif action == "test":
        _write(out, "done", json.dumps(system.test(settings, timeout=request["timeout"])))
    else:
        table = ProbedTable.model_validate(request["table"])
        look = system.sample if action == "sample" else system.profile
        _write(out, "done", look(settings, table, **bound).model_dump_json())


def _look(system: Connector, settings: ConnectorSettings, table: ProbedTable) -> Look:
    """Return rows and facts of a table; one that cannot be read does not keep the others from being looked at."""
    try:
        sample = system.sample(settings, table)
        return Look(table=table.full_name, sample=sample, profile=system.profile(settings, table))
    except ProbeError as error:
        secrets = secret_values(settings)
        return Look(table=table.full_name, failure=_without(str(error), secrets))


def _report(out: BinaryIO, error: ProbeError, secrets: list[str]) -> None:
    content = {"what": error.what, "kind": error.kind, "where": error.where, "fix": error.fix}
    _write(out, "error", json.dumps({name: _without(text, secrets) for name, text in content.items()}))


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _write(out: BinaryIO, word: str, content: str) -> None:
    out.write(f"{word} {content}\n".encode())


def _end_with_owner() -> None:
    """End when standard input closes: whoever wanted the answer is gone."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
