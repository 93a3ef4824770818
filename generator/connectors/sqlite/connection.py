"""Opening a SQLite file for reading only, and saying plainly why it cannot be."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.connectors.base import STATEMENT_TIMEOUT_SECONDS
from generator.errors import ProbeError

WAL_VERSION_BYTE = 18
"""Offset of the file format version in the header (https://sqlite.org/fileformat.html#file_format_version_numbers)."""
STEPS_BETWEEN_CLOCK_LOOKS = 10_000


@contextmanager
def reading(path: str, timeout: float) -> Iterator[sqlite3.Connection]:
    """Open the file read-only; every statement is stopped after `STATEMENT_TIMEOUT_SECONDS`.

    Raises:
        ProbeError: the file is missing, unreadable, locked, no database, or a statement took too long.
    """
    file = Path(path).expanduser().absolute()
    _refuse_unreadable(file)
    connection = sqlite3.connect(_uri(file), uri=True, timeout=timeout, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA schema_version").fetchall()
        # Text that is not UTF-8 must not end a probe.
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        yield connection
    except sqlite3.Error as error:
        raise explained(error, file) from error
    finally:
        connection.close()


def limit_statement(connection: sqlite3.Connection, seconds: float = STATEMENT_TIMEOUT_SECONDS) -> None:
    """Interrupt whatever runs ``seconds`` from now; call again before each statement."""
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline), STEPS_BETWEEN_CLOCK_LOOKS)


def quote(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def explained(error: sqlite3.Error, file: Path) -> ProbeError:
    """Turn a SQLite error into one that says what to do."""
    text = str(error)
    where = str(file)
    if "not a database" in text:
        fix = "check the path; an encrypted database has to be decrypted first"
        return ProbeError("this file is no SQLite database", kind="no_such_database", where=where, fix=fix)
    if "locked" in text:
        fix = "close the program that holds it open, or wait until its transaction ends"
        return ProbeError("the database is locked by another program", kind="timeout", where=where, fix=fix)
    if "interrupted" in text:
        fix = "read a table instead of a view, or add an index"
        what = f"a statement took longer than {STATEMENT_TIMEOUT_SECONDS:.0f} s and was stopped"
        return ProbeError(what, kind="timeout", where=where, fix=fix)
    return ProbeError(f"SQLite says: {text}", kind="other", where=where, fix="check that the file is intact")


def _refuse_unreadable(file: Path) -> None:
    where = str(file)
    try:
        if file.is_dir():
            raise ProbeError(
                "this is a folder",
                kind="no_such_database",
                where=where,
                fix="give the path of the database file",
            )
        with file.open("rb") as handle:
            handle.read(1)
    except FileNotFoundError:
        raise ProbeError(
            "there is no such file",
            kind="no_such_database",
            where=where,
            fix="check the path of the database file",
        ) from None
    except PermissionError:
        raise ProbeError(
            "this file may not be read",
            kind="no_permission",
            where=where,
            fix="give your user the right to read it",
        ) from None
    except OSError as error:
        raise ProbeError(
            f"the file cannot be opened: {error.strerror}",
            kind="unreachable",
            where=where,
            fix="check the path",
        ) from None


def _uri(file: Path) -> str:
    """Return the URI to open.

    A database nobody writes to is opened without leaving -wal and -shm files beside it.
    """
    with file.open("rb") as handle:
        header = handle.read(WAL_VERSION_BYTE + 1)
    uses_wal = len(header) > WAL_VERSION_BYTE and header[WAL_VERSION_BYTE] == 2
    at_rest = uses_wal and not os.path.lexists(f"{file}-wal")
    return f"{file.as_uri()}?mode=ro" + ("&immutable=1" if at_rest else "")
