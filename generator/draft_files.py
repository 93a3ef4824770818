"""The files drafts are made of: where they lie, who may read them, what stands beside the design."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from generator.errors import DraftError

TRASH_DAYS = 30
PRIVATE = 0o600
"""A draft is nobody else's to read."""


def drafts_folder() -> Path:
    """Return where drafts lie; it may not exist yet."""
    if chosen := os.environ.get("PIPEWIZARD_DRAFTS"):
        return Path(chosen).expanduser()
    from platformdirs import user_data_path

    return user_data_path("pipewizard", appauthor=False) / "drafts"


def read_about(path: Path) -> dict[str, str]:
    """Return what is known of a draft beside its design; a lost or damaged sidecar is no harm."""
    try:
        data: Any = json.loads(path.with_suffix(".json").read_bytes())
    except (OSError, ValueError):
        data = {}
    found = data if isinstance(data, dict) else {}
    return {key: value if isinstance(value := found.get(key), str) else "" for key in ("step", "pipeline")}


def ready_folder() -> Path:
    """Return the folder of the drafts, made if needed; nobody else can look into it."""
    folder = drafts_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise failed("saved", folder, error, "check the folder's rights, or set PIPEWIZARD_DRAFTS") from error
    return folder


def empty_trash(trash: Path) -> None:
    """Remove for good what has been in the trash for `TRASH_DAYS`."""
    oldest = time.time() - TRASH_DAYS * 86400
    for file in trash.iterdir():
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)


def failed(done: str, where: Path, error: OSError, fix: str) -> DraftError:
    """Return an error of the operating system as one for a person."""
    return DraftError(f"the draft could not be {done}: {error.strerror or error}", where=str(where), fix=fix)
