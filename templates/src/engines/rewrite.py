"""Writing a DuckDB file anew. Deleted rows stay in its blocks until they happen to be used again: not so afterwards."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ..settings import Settings
from ..utils.retry import LoadError
from .duckdb_engine import attach, open_duckdb
from .manifest import sync

_OLD, _NEW = "_old_file", "_new_file"


def rewrite(path: Path, settings: Settings) -> None:
    """Put a copy of what a DuckDB file holds now in its place, in one step.

    The old file stays locked until the new one, locked as well, has its name.

    Raises:
        LockHeldError: another process has the file open.
        LoadError: there is no room for the copy; the file is as it was.
    """
    if not path.is_file():
        return
    fresh = path.with_name(f"{path.name}.rewriting")
    for left in (fresh, fresh.with_name(f"{fresh.name}.wal")):
        left.unlink(missing_ok=True)
    connection = open_duckdb(None, settings)
    try:
        attach(connection, path, _OLD)
        attach(connection, fresh, _NEW)
        connection.execute(f"COPY FROM DATABASE {_OLD} TO {_NEW}")
        for name in (_OLD, _NEW):
            connection.execute(f"CHECKPOINT {name}")
        fresh.replace(path)
        sync(path.parent)
        for name in (_OLD, _NEW):
            connection.execute(f"DETACH {name}")
    except (duckdb.Error, OSError) as error:
        raise LoadError(f"{path} cannot be written anew: {str(error).splitlines()[0]}") from None
    finally:
        connection.close()
        fresh.unlink(missing_ok=True)
