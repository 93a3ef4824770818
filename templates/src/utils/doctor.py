"""Is everything there that a run needs? Variables, files, folders, drivers, connections."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..settings import DestinationSettings, Settings, SourceSettings
from .credentials import is_secret_name, redact
from .environment import lookup, references
from .file_names import file_stem
from .lock_status import lock_status
from .privacy import KEY_VARIABLE, MIN_KEY_LENGTH
from .retry import ConfigurationError, LockHeldError, PipelineError

OPTIONAL = {
    "PIPELINE_STATE_DIR": "folder for staging, metrics and lineage (default .state)",
    "PIPELINE_MEMORY_LIMIT": "memory for buffers (default 200MB)",
    "PROMETHEUS_PUSHGATEWAY_URL": "where metrics are pushed",
    "OPENLINEAGE_URL": "where lineage events are sent",
}
_LIBRARIES = ("duckdb", "adbc-driver-postgresql", "pyarrow")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``ok`` is None where it is merely worth knowing.

    ``configuration``: what is wrong is a setting, as a variable or a file of the project, not a system.
    """

    ok: bool | None
    subject: str
    text: str
    configuration: bool = False


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, cheap things first, and give each finding as it is made."""
    yield from _versions()
    yield from _variables(settings)
    yield from _files(settings)
    yield _writable(settings.state_dir, "state folder", "set PIPELINE_STATE_DIR")
    for source in settings.sources:
        yield _source(settings, source)
    yield _destination(settings)


def needed_variables(settings: Settings) -> dict[str, str]:
    """Return the variables that must be set, each with what it is for."""
    needed: dict[str, str] = {}
    systems: list[SourceSettings | DestinationSettings] = [*settings.sources, settings.destination]
    for system in systems:
        for field, value in system.connection.items():
            for name in references(value):
                needed.setdefault(name, f"{system.name}: {field}")
    if any(column.pii == "tokenize" for table in settings.tables for column in table.columns):
        needed[KEY_VARIABLE] = f"key of the tokens for personal data, at least {MIN_KEY_LENGTH} characters"
    for channel in settings.monitoring.channels:
        for value in (channel.webhook_url, channel.routing_key, channel.channel):
            for name in references(value):
                needed.setdefault(name, f"{channel.type} alerts")
        if channel.type == "email":
            needed.setdefault("SMTP_HOST", "mail server of the e-mail alerts")
    return needed


def _variables(settings: Settings) -> Iterator[Finding]:
    for name, purpose in needed_variables(settings).items():
        try:
            value = lookup(name, settings.environment)
        except ConfigurationError as error:
            yield Finding(False, name, str(error), True)
            continue
        if value is None:
            yield Finding(False, name, f"is not set ({purpose})", True)
        elif not value and name != KEY_VARIABLE:
            # A password may be empty, where the server asks for none.
            yield Finding(None if is_secret_name(name) else False, name, f"is empty ({purpose})", True)
        elif name == KEY_VARIABLE and len(value) < MIN_KEY_LENGTH:
            said = f"is too short: give at least {MIN_KEY_LENGTH} random characters"
            yield Finding(False, name, said, True)
        else:
            how = "set" if name in settings.environment else f"set by {name}_FILE"
            yield Finding(True, name, f"{how} ({purpose})")
    for name, purpose in OPTIONAL.items():
        if name in settings.environment:
            yield Finding(None, name, f"set ({purpose})")


def _versions() -> Iterator[Finding]:
    found = []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding(sys.version_info >= (3, 11), "python", f"{python}; {', '.join(found)}")


def _files(settings: Settings) -> Iterator[Finding]:
    quality = settings.quality
    checks = [*quality.pre_transform, *quality.post_transform, *quality.final]
    expected = [f"sql/staging/{file_stem(table.staging_name)}_staging.sql" for table in settings.tables]
    expected += [f"sql/quality_checks/{check.name}.sql" for check in checks]
    expected += [item.sql_file for item in settings.transformations if item.sql_file]
    missing = [name for name in expected if not (settings.home / name).is_file()]
    if missing:
        said = f"missing: {', '.join(missing)}; generate the project again"
        yield Finding(False, "SQL files", said, True)
    else:
        yield Finding(True, "SQL files", f"{len(expected)} found below {settings.home}")


def _writable(folder: Path, subject: str, remedy: str) -> Finding:
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding(True, subject, f"{folder} can be written")
    return Finding(False, subject, f"{folder} cannot be written; change its owner or {remedy}")


def _source(settings: Settings, source: SourceSettings) -> Finding:
    subject = f"source {source.name}"
    try:
        from ..engines.duckdb_engine import DuckDBEngine, open_duckdb
        from ..extractors import open_extractor

        work = DuckDBEngine(open_duckdb(None, settings))
        try:
            with open_extractor(settings, source, work) as extractor:
                extractor.check()
        finally:
            work.close()
    except (PipelineError, ImportError, OSError) as error:
        return Finding(False, subject, _reason(error, source.name))
    return Finding(True, subject, f"{source.type}, tables to read: {len(source.tables)}; it answers")


def _destination(settings: Settings) -> Finding:
    destination = settings.destination
    subject = f"destination {destination.name}"
    try:
        path = settings.connection(destination).get("path")
        place = settings.path(str(path)) if path else None
        if place is not None and not place.is_file():
            folder = _writable(
                place if place.exists() else place.parent, subject, "the path in its connection"
            )
            if not folder.ok or not place.exists():
                return folder
        from ..loaders import open_loader

        with open_loader(settings) as loader:
            held = lock_status(loader.engine, settings.meta_schema)
        lock = f"; lock held by {held.text}" if held else ""
        return Finding(True, subject, f"{destination.type}; it answers and can be written{lock}")
    except LockHeldError as error:
        return Finding(True, subject, f"{destination.type}; {str(error).partition(';')[0]}")
    except (PipelineError, ImportError, OSError) as error:
        return Finding(False, subject, _reason(error, destination.name))


def _reason(error: Exception, system: str) -> str:
    """Return what an error says, without the system's name, which stands before it already."""
    return redact(str(error)).removeprefix(f"{system}: ")
