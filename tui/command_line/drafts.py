"""`pipewizard drafts`: list, find, delete."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from generator.errors import DraftError

from .output import OK, Output, usage

if TYPE_CHECKING:
    from generator.drafts import DraftInfo


def run(options: argparse.Namespace, output: Output) -> int:
    """Do what was asked with the drafts."""
    if options.action == "list":
        if options.name:
            usage("drafts list takes no name", f"use: pipewizard drafts path {options.name}")
        return _list(output)
    if options.action == "path":
        return _path(options.name, output)
    if not options.name:
        usage("drafts delete needs the draft's name", "see pipewizard drafts")
    return _delete(options.name, output)


def _list(output: Output) -> int:
    from generator.drafts import drafts_folder, list_drafts

    lines = [(info, *_left(info)) for info in list_drafts()]
    output.json(
        {
            "folder": str(drafts_folder()),
            "drafts": [
                {
                    "name": info.name,
                    "pipeline": info.pipeline,
                    "step": info.step,
                    "saved_at": info.saved_at.isoformat(),
                    "path": str(info.path),
                    "problems": left,
                    "unreadable": reason,
                }
                for info, left, reason in lines
            ],
        }
    )
    if lines:
        now = datetime.now(UTC)
        rows = [
            [
                info.name,
                info.step or "-",
                _age(info.saved_at, now),
                reason or ("none" if not left else str(left)),
            ]
            for info, left, reason in lines
        ]
        output.table(["draft", "step", "saved", "problems left"], rows)
    elif not output.as_json:
        output.note("there are no drafts; start one with: pipewizard")
    return OK


def _left(info: DraftInfo) -> tuple[int | None, str]:
    try:
        return info.problems_left(), ""
    except DraftError as error:
        return None, str(error)


def _path(name: str | None, output: Output) -> int:
    from generator.drafts import draft_path, drafts_folder

    found = draft_path(name) if name else drafts_folder()
    output.json({"path": str(found)})
    output.result(str(found))
    return OK


def _delete(name: str, output: Output) -> int:
    from generator.drafts import delete

    deleted = delete(name)
    files = [str(where) for _, where in deleted.files]
    output.json({"deleted": name, "trash": files})
    output.result(f"deleted {name}; it stays for 30 days at {files[0]}")
    return OK


def _age(then: datetime, now: datetime) -> str:
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min ago"
    if minutes < 60 * 48:
        return f"{minutes // 60} h ago"
    return f"{minutes // 1440} days ago"
