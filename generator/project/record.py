"""The record kept in ``.pipewizard/``: the design, and digest and content of every file as it was generated.

The content of a file that a person has edited stays the version their edit was based on: what a three-way
merge needs.

Dates in a project come from here, so that generating twice gives the same bytes: a version of the design is
dated when it is first written, and dated anew when the design changes. ``SOURCE_DATE_EPOCH`` stands in for
today where it is set.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from generator.errors import WriteError

from .rendered import HistoryEntry, digest

FOLDER = ".pipewizard"
MANIFEST = f"{FOLDER}/manifest.json"
DESIGN = f"{FOLDER}/design.yaml"
CONTENT = f"{FOLDER}/generated.zip"
FORMAT = 1


@dataclass(frozen=True)
class Record:
    """What an earlier generation left: the history of the design, and each file's content as generated."""

    history: tuple[HistoryEntry, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
    archive: Path | None = None

    def contents(self) -> dict[str, bytes]:
        """Return the content of every file as generated; empty where the archive was removed."""
        if self.archive is None or not self.archive.is_file():
            return {}
        with zipfile.ZipFile(self.archive) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def read_record(target: Path) -> Record | None:
    """Return the record of the project at ``target``, None where pipewizard wrote none.

    Raises:
        WriteError: the record is damaged or of a newer pipewizard.
    """
    file = target / MANIFEST
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["format"] > FORMAT:
            raise WriteError(
                "the project was written by a newer pipewizard", where=str(file), fix="update pipewizard"
            )
        return Record(
            history=tuple(HistoryEntry(**entry) for entry in content["history"]),
            digests=dict(content["files"]),
            archive=target / CONTENT,
        )
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except OSError as error:
        raise WriteError(f"the record cannot be read: {error.strerror}", where=str(file)) from error
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WriteError(
            "the record of the earlier generation is damaged",
            where=str(file),
            fix="restore it from version control, or generate into another folder",
        ) from None


def today() -> str:
    """Return today's date in UTC, or that of ``SOURCE_DATE_EPOCH``, as YYYY-MM-DD."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.date().isoformat()


def continued(
    history: tuple[HistoryEntry, ...], version_text: str, design_digest: str
) -> tuple[HistoryEntry, ...]:
    """Return the history with the design as it is now: same design, same history."""
    if history and (history[-1].version, history[-1].design_digest) == (version_text, design_digest):
        return history
    now = today()
    if history and history[-1].version == version_text:
        last = history[-1]
        return (*history[:-1], HistoryEntry(version_text, design_digest, last.created, now))
    return (*history, HistoryEntry(version_text, design_digest, now, now))


def record_files(
    name: str, design: str, history: tuple[HistoryEntry, ...], contents: dict[str, bytes]
) -> dict[str, bytes]:
    """Return the files of the record, by path."""
    manifest = {
        "format": FORMAT,
        "pipewizard": _own_version(),
        "pipeline": name,
        "history": [asdict(entry) for entry in history],
        "files": {path: digest(contents[path]) for path in sorted(contents)},
    }
    return {
        MANIFEST: (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode(),
        DESIGN: design.encode(),
        CONTENT: _archive(contents),
    }


def _archive(contents: dict[str, bytes]) -> bytes:
    """Return a zip of the files, stored uncompressed and undated: the same bytes on every machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(contents):
            archive.writestr(zipfile.ZipInfo(path), contents[path])
    return buffer.getvalue()


def _own_version() -> str:
    try:
        return version("pipewizard")
    except PackageNotFoundError:
        return "unknown"
