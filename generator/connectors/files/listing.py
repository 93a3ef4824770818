"""Which files make which table.

A table's name is a glob relative to the root folder; its files are whatever the glob finds. Folders and
single files become tables of their own, and so do files that differ only in a date or number at the end.
"""

from __future__ import annotations

import glob
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from generator.errors import ProbeError

from .settings import FileFormat

FORMATS: dict[str, FileFormat] = {
    ".csv": "csv", ".tsv": "csv", ".psv": "csv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
COMPRESSIONS = (".gz", ".zst")
MOST_FILES = 100_000
"""Files looked at, at most, when a folder is listed."""
_SERIES = re.compile(r"(.*?[^\W\d]|.*?[^\W\d][-_. ])\d[\d\-_.T:]*")
"""A name that ends in a date or number, as ``orders_2024-01-31``; group 1 is what comes before."""


@dataclass(frozen=True)
class FileSet:
    """The files of one table. ``name`` is the glob, ``alias`` a plain name for it."""

    name: str
    alias: str
    format: FileFormat


def root_and_pattern(path: str) -> tuple[Path, str | None]:
    """Return the folder globs are relative to, and the glob the path itself ends in, if any."""
    whole = Path(path).expanduser().absolute()
    if whole.is_dir():
        return whole, None
    if whole.is_file() or not glob.has_magic(str(whole)):
        return whole.parent, glob.escape(whole.name)
    parts = whole.parts
    first = next(place for place, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:first]), str(PurePath(*parts[first:]))


def format_of(file: str | PurePath) -> FileFormat | None:
    """Return the format a file's ending tells, None for any other; Parquet is never compressed once more."""
    ending = _split(PurePath(file).name)[1].lower()
    plain = (
        PurePath(f"x{ending}").with_suffix("") if ending.endswith(COMPRESSIONS) else PurePath(f"x{ending}")
    )
    kind = FORMATS.get(plain.suffix)
    return None if kind == "parquet" and ending.endswith(COMPRESSIONS) else kind


def known_format(file: Path) -> FileFormat:
    """Return the format of a file that `files_of` found.

    Raises:
        ProbeError: its ending tells none.
    """
    if (kind := format_of(file)) is None:
        fix = f"known endings are {', '.join(FORMATS)}"
        raise ProbeError("the format of this file is not known", kind="other", where=str(file), fix=fix)
    return kind


def file_sets(path: str, wanted: str) -> list[FileSet]:
    """Return the tables a path holds, by alias.

    Args:
        path: Folder, file or glob.
        wanted: A format, or ``auto`` for all.

    Raises:
        ProbeError: there is no such folder or file, or it may not be read.
    """
    root, pattern = root_and_pattern(path)
    if pattern is not None:
        found = files_of(root, pattern)
        if not found:
            _refuse_missing(root, path)
        formats = sorted({kind for file in found if (kind := format_of(file)) and wanted in ("auto", kind)})
        return [FileSet(pattern, _plain(pattern, root), kind) for kind in formats][:1]
    _refuse_missing(root, path)
    return _distinct(sorted(_folder(root, wanted), key=lambda one: (one.alias, one.name)))


def files_of(root: Path, name: str) -> list[Path]:
    """Return a table's files, sorted; a plain name stands for ``name.<ending>`` and the folder ``name``."""
    patterns = [name]
    if not glob.has_magic(name) and format_of(name) is None:
        patterns = [f"{name}{ending}*" for ending in FORMATS] + [f"{name}/**/*"]
    found = {
        file
        for pattern in patterns
        for file in root.glob(pattern)
        if format_of(file) and not _hidden(file.relative_to(root))
    }
    return sorted(file for file in found if file.is_file())


def _folder(root: Path, wanted: str) -> Iterator[FileSet]:
    singles: dict[tuple[str, str, FileFormat], list[str]] = defaultdict(list)
    for entry in _entries(root):
        if _hidden(entry.name):
            continue
        if entry.is_dir():
            endings = _endings(Path(entry.path), wanted)
            for ending, below in endings.items():
                alias = _plain_word(entry.name) + (f"_{ending[1:]}" if len(endings) > 1 else "")
                yield FileSet(f"{glob.escape(entry.name)}/**/*{ending}", alias, below)
        elif (kind := format_of(entry.name)) and wanted in ("auto", kind):
            stem, ending = _split(entry.name)
            match = _SERIES.fullmatch(stem)
            singles[match[1] if match else stem, ending, kind].append(entry.name)
    for (stem, ending, own), names in singles.items():
        if len(names) > 1:
            yield FileSet(f"{glob.escape(stem)}[0-9]*{ending}", _plain_word(stem), own)
        else:
            yield FileSet(glob.escape(names[0]), _plain_word(_split(names[0])[0]), own)


def _entries(root: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root) as entries:
            return sorted(entries, key=lambda entry: entry.name)[:MOST_FILES]
    except PermissionError:
        raise ProbeError(
            "this folder may not be read",
            kind="no_permission",
            where=str(root),
            fix="give your user the right to read it",
        ) from None


def _endings(folder: Path, wanted: str) -> dict[str, FileFormat]:
    """Return the endings of the data files below a folder, in order of their names."""
    found: dict[str, FileFormat] = {}
    seen = 0
    for _, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        for name in names:
            seen += 1
            if (kind := format_of(name)) and wanted in ("auto", kind) and not _hidden(name):
                found[_split(name)[1]] = kind
        if seen > MOST_FILES:
            break
    return dict(sorted(found.items()))


def _split(name: str) -> tuple[str, str]:
    """Split a file's name into stem and ending, as ``orders`` and ``.csv.gz``."""
    path = PurePath(name)
    compression = path.suffix if path.suffix.lower() in COMPRESSIONS else ""
    if compression:
        path = path.with_suffix("")
    return path.stem, path.suffix + compression


def _hidden(relative: str | PurePath) -> bool:
    """Tell whether a path is metadata by convention, as ``_manifest.json`` or ``_temporary/part.csv``."""
    return any(part.startswith(("_", ".")) for part in PurePath(relative).parts)


def _plain(pattern: str, root: Path) -> str:
    """Return a name for a glob: its last part that has letters of its own, else the folder's."""
    for part in reversed(PurePath(pattern).parts):
        bare = re.sub(r"\[\[\]", "[", _split(part)[0] if format_of(part) else part)
        bare = re.sub(r"[*?]|\[[^\]]+\]", "", bare).strip("-_. ")
        if re.search(r"[^\W\d]", bare):
            return _plain_word(bare)
    return _plain_word(root.name)


def _plain_word(text: str) -> str:
    word = re.sub(r"\W+", "_", text.lower()).strip("_") or "files"
    return f"t_{word}" if word[0].isdigit() else word


def _distinct(sets: list[FileSet]) -> list[FileSet]:
    """Number the aliases that would be the same."""
    found: list[FileSet] = []
    taken: set[str] = set()
    for one in sets:
        alias = one.alias if one.alias not in taken else f"{one.alias}_{one.format}"
        number = 2
        while alias in taken:
            alias, number = f"{one.alias}_{number}", number + 1
        taken.add(alias)
        found.append(FileSet(one.name, alias, one.format))
    return found


def _refuse_missing(root: Path, path: str) -> None:
    if not root.exists() or not root.is_dir() or root_and_pattern(path)[1] is not None:
        raise ProbeError(
            "there is no such folder, and no file of a known format by that name",
            kind="no_such_database",
            where=path,
            fix=f"check the path; known endings are {', '.join(FORMATS)}, with .gz or .zst for text",
        )
