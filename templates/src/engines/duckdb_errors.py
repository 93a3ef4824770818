"""What DuckDB's errors mean for a run, in one sentence that repeats no row: a row may hold personal data."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from ..utils.retry import LoadError, LockHeldError

_PID = re.compile(r"PID (\d+)")
_LOCKED = re.compile(r"Could not set lock|Conflicting lock|being used by another process")
"""How DuckDB says that another process has a file open; a path may hold the word lock, too."""
_UNLIKE_LINE = re.compile(
    r"CSV Error on Line: (?P<line>\d+)\nOriginal Line:.*?\n(?P<reason>(?:Expected Number|Value with unterminated|"
    r"Maximum line|The CSV|Invalid unicode|Error when)[^\n]*).*?\n  file = (?P<file>[^\n]+)",
    re.DOTALL,
)
_NO_DIALECT = re.compile(r'Error when sniffing file "(?P<file>[^\n]+)"\.')
_CONTENT = re.compile(r"(CSV Error on Line: \d+)\nOriginal Line:.*", re.DOTALL)


def open_error(path: Path | None, error: duckdb.IOException) -> LockHeldError | LoadError:
    """Return what a failure to open a file means for a run."""
    if _LOCKED.search(str(error)):
        holder = _PID.search(str(error))
        who = f"process {holder[1]}" if holder else "another process"
        return LockHeldError(f"{path} is in use by {who}; nothing was written, try again when it has ended")
    return LoadError(f"{path} cannot be opened: {str(error).splitlines()[0]}")


def load_error(error: duckdb.Error) -> LoadError:
    """Return what a failed statement means for a run."""
    text = str(error)
    if found := _UNLIKE_LINE.search(text):
        said = (
            f"{found['file']}, line {found['line']}: {found['reason'].strip(' .')}; mend the line in the file"
        )
    elif found := _NO_DIALECT.search(text):
        said = (
            f"{found['file']} cannot be read as CSV: give every line as many fields as the first and the same line"
            " end, or name the `delimiter` in the source's connection"
        )
    else:
        said = " ".join(_CONTENT.sub(r"\1", text).partition("\n\n")[0].split())
    if isinstance(error, duckdb.OutOfMemoryException):
        said = (
            f"too little memory ({said}); set PIPELINE_MEMORY_LIMIT higher, and see that the disk of the state"
            " folder has room for what does not fit into it"
        )
    return LoadError(said, details={"kind": type(error).__name__})
