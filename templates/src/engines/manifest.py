"""The manifest of a folder of Parquet files: which files make which table. Replacing it is the moment of commit."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..utils.retry import LoadError

MANIFEST = "_manifest.json"
VERSION = 1


@dataclass(frozen=True)
class TableFiles:
    """The live files of one table, relative to the root, and its columns as DuckDB spells them."""

    columns: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """All tables of a folder, by schema and name; ``retired`` files were live before the last commit."""

    tables: dict[tuple[str, str], TableFiles] = field(default_factory=dict)
    retired: tuple[str, ...] = ()

    @property
    def files(self) -> set[str]:
        """All live files."""
        return {file for table in self.tables.values() for file in table.files}


def read_manifest(root: Path) -> Manifest:
    """Return a folder's manifest; an empty one where there is none yet.

    Raises:
        LoadError: it cannot be read.
    """
    path = root / MANIFEST
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Manifest()
    except (OSError, ValueError) as error:
        raise LoadError(f"{path} cannot be read: {error}") from None
    if content.get("version") != VERSION:
        raise LoadError(
            f"{path} is of version {content.get('version')}, this pipeline reads version {VERSION}"
        )
    tables = {
        (entry["schema"], entry["table"]): TableFiles(
            tuple((column["name"], column["type"]) for column in entry["columns"]), tuple(entry["files"])
        )
        for entry in content["tables"]
    }
    return Manifest(tables, tuple(content.get("retired", ())))


def write_manifest(root: Path, manifest: Manifest) -> None:
    """Replace a folder's manifest in one step that survives a crash."""
    content = {
        "version": VERSION,
        "committed_at": datetime.now(UTC).isoformat(),
        "tables": [
            {
                "schema": schema,
                "table": name,
                "columns": [{"name": column, "type": kind} for column, kind in entry.columns],
                "files": list(entry.files),
            }
            for (schema, name), entry in sorted(manifest.tables.items())
        ],
        "retired": sorted(manifest.retired),
    }
    path = root / MANIFEST
    partial = path.with_name(f".{MANIFEST}.{os.getpid()}")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync(root)


def sync(path: Path) -> None:
    """Have the system write a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_dead(root: Path, folders: Iterable[str], manifest: Manifest) -> None:
    """Remove files that no manifest needs; those retired by the last commit stay for readers that are under way."""
    needed = manifest.files | set(manifest.retired)
    for folder in folders:
        for file in sorted((root / folder).rglob("*.parquet")):
            if file.relative_to(root).as_posix() not in needed:
                file.unlink(missing_ok=True)
