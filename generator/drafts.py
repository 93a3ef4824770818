"""Drafts: designs being made, saved atomically, one wizard at a time, secrets never among them.

A draft is the design file ``<name>.yaml`` (readable by ``pipewizard generate``) and, beside it,
``<name>.json`` with what only the list of drafts needs. Drafts lie in the user's data folder, or where
PIPEWIZARD_DRAFTS says.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from generator.connectors.secret_fields import secret_fields as declared_secrets
from generator.design.models import PipelineDesign
from generator.design.names import snake_case
from generator.design.secrets import SecretFields, without_secrets
from generator.design.yaml_io import dump_design, load_design
from generator.draft_files import PRIVATE, drafts_folder, empty_trash, failed, read_about, ready_folder
from generator.errors import DesignError, DraftError
from generator.locked_file import HeldError, LockedFile
from generator.text_file import replace_text

__all__ = [
    "DeletedDraft",
    "Draft",
    "DraftInfo",
    "create",
    "delete",
    "draft_path",
    "drafts_folder",
    "list_drafts",
    "restore",
    "resume",
]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True)
class DraftInfo:
    """A draft as a list shows it; nothing of the design itself has been read.

    Attributes:
        name: The draft's own name, for `resume` and `delete`.
        pipeline: The pipeline's name when it was saved; may be empty.
        step: The wizard's step it was left at.
        saved_at: Aware, UTC.
        path: The design file.
    """

    name: str
    pipeline: str
    step: str
    saved_at: datetime
    path: Path

    def problems_left(self) -> int:
        """Return how many errors are left to put right.

        Raises:
            DraftError: the draft cannot be read.
        """
        from generator.project.review import problems

        design = _load(self.name, self.path)
        return sum(problem.severity == "error" for problem in problems(design))


@dataclass(frozen=True)
class DeletedDraft:
    """A draft in the trash, for `restore`."""

    name: str
    files: tuple[tuple[Path, Path], ...]
    """(where it was, where it is)"""


class Draft:
    """An open draft, locked until `release`.

    Attributes:
        name: Its own name.
        design: As read, or as last saved.
        step: The wizard's step it was left at.
    """

    def __init__(self, name: str, design: PipelineDesign, step: str, lock: LockedFile, folder: Path) -> None:
        self.name = name
        self.design = design
        self.step = step
        self._lock = lock
        self._folder = folder
        self._saved = False

    @property
    def path(self) -> Path:
        """The design file."""
        return self._folder / f"{self.name}.yaml"

    def save(
        self,
        design: PipelineDesign,
        *,
        step: str = "",
        secret_fields: SecretFields = declared_secrets,
        write: Callable[[PipelineDesign], str] = dump_design,
    ) -> dict[str, str]:
        """Write the draft; a crash or a full disk leaves the version before.

        Args:
            design: May be incomplete. It is not changed.
            step: The wizard's step; default: the one before.
            secret_fields: Names a connector's secret fields.
            write: Returns a design's text: `dump_design`, or a writer that knows what it wrote before.

        Returns:
            Secrets that were literals in the design: environment variable -> value. The file has ``${NAME}``.

        Raises:
            DraftError: it could not be written.
        """
        safe, found = without_secrets(design, secret_fields)
        self.step = step or self.step
        about = {"version": 1, "step": self.step, "pipeline": design.pipeline.name}
        try:
            replace_text(self._folder / f"{self.name}.json", json.dumps(about) + "\n", mode=PRIVATE)
            replace_text(self.path, write(safe), mode=PRIVATE)
        except OSError as error:
            raise failed("saved", self.path, error, "the version saved before is intact") from error
        self.design, self._saved = safe, True
        return found

    def release(self) -> None:
        """Let others open the draft; one saved without anything in it is not kept."""
        if self._saved and self.design == PipelineDesign():
            for file in (self.path, self.path.with_suffix(".json")):
                file.unlink(missing_ok=True)
        self._lock.release()

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.release()


def list_drafts() -> list[DraftInfo]:
    """Return the drafts, the one saved last first.

    Raises:
        DraftError: the folder cannot be read.
    """
    found = []
    try:
        for path in drafts_folder().glob("*.yaml"):
            if _NAME.fullmatch(path.stem):
                about = read_about(path)
                moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                found.append(DraftInfo(path.stem, about["pipeline"], about["step"], moment, path))
    except OSError as error:
        raise failed("listed", drafts_folder(), error, "check the folder's rights") from error
    return sorted(found, key=lambda info: info.saved_at, reverse=True)


def create(design: PipelineDesign | None = None, *, name: str = "") -> Draft:
    """Open a new draft under a free name; nothing is written but its lock until it is saved.

    Args:
        design: To start from.
        name: Wished for; default: the pipeline's name.

    Raises:
        DraftError: the folder cannot be written.
    """
    design = design or PipelineDesign()
    base = snake_case(name or design.pipeline.name) or "draft"
    folder = ready_folder()
    for number in range(1, 10_000):
        candidate = base if number == 1 else f"{base}_{number}"
        try:
            lock = _lock(folder, candidate)
        except HeldError:
            continue
        if not (folder / f"{candidate}.yaml").exists():
            return Draft(candidate, design, "sources", lock, folder)
        lock.release()
    raise DraftError("there are too many drafts of that name", where=base, fix="delete some")


def resume(name: str) -> Draft:
    """Open a saved draft.

    Raises:
        DraftError: there is none, it is open in another wizard, cannot be read, or is of a newer version.
    """
    path = draft_path(name)
    try:
        lock = _lock(path.parent, name)
    except HeldError as held:
        raise DraftError(
            f"the draft is open in another wizard ({held.holder})",
            where=name,
            fix="close it there, or start a new draft",
        ) from None
    try:
        return Draft(name, _load(name, path), read_about(path)["step"] or "sources", lock, path.parent)
    except BaseException:
        lock.release()
        raise


def draft_path(name: str) -> Path:
    """Return the design file of a saved draft.

    Raises:
        DraftError: there is no draft of that name.
    """
    path = drafts_folder() / f"{name}.yaml"
    if not _NAME.fullmatch(name) or not path.is_file():
        from generator.design.nearest import did_you_mean

        names = [info.name for info in list_drafts()]
        raise DraftError(
            "there is no such draft", where=name[:80], fix=did_you_mean(name, names) or "start one"
        )
    return path


def delete(name: str) -> DeletedDraft:
    """Move a draft to the trash, where it stays for 30 days.

    Raises:
        DraftError: there is none, or it is open in a wizard.
    """
    path = draft_path(name)
    trash = path.parent / "trash"
    try:
        with _lock(path.parent, name):
            trash.mkdir(mode=0o700, exist_ok=True)
            empty_trash(trash)
            stamp = time.time_ns()
            moved = []
            for file in (path, path.with_suffix(".json")):
                if file.exists():
                    target = trash / f"{name}.{stamp}{file.suffix}"
                    file.replace(target)
                    os.utime(target)
                    moved.append((file, target))
    except HeldError as held:
        raise DraftError(
            f"the draft is open in a wizard ({held.holder})", where=name, fix="close it first"
        ) from None
    except OSError as error:
        raise failed("deleted", path, error, "check the folder's rights") from error
    return DeletedDraft(name, tuple(moved))


def restore(deleted: DeletedDraft) -> str:
    """Bring a deleted draft back and return its name: another one where its own was taken meanwhile.

    Raises:
        DraftError: it is no longer in the trash.
    """
    place = create(name=deleted.name)
    try:
        for was, now in reversed(deleted.files):
            now.replace(was.with_name(f"{place.name}{was.suffix}"))
    except OSError as error:
        raise failed(
            "brought back", deleted.files[0][1], error, "it may have been deleted for good"
        ) from error
    finally:
        place.release()
    return place.name


def _load(name: str, path: Path) -> PipelineDesign:
    try:
        return load_design(path)
    except DesignError as error:
        raise DraftError(error.what, where=f"draft {name} ({error.where})", fix=error.fix) from error


def _lock(folder: Path, name: str) -> LockedFile:
    try:
        return LockedFile(folder / f"{name}.lock")
    except OSError as error:
        raise failed("locked", folder, error, "check the folder's rights") from error
