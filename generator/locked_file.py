"""A lock that a process holds by an open file, and that dies with the process."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl


class HeldError(Exception):
    """Somebody else holds the lock; ``holder`` says who, as ``process 4711 on myhost``."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class LockedFile:
    """A held lock. The operating system frees it when the process ends, however it ends.

    Args:
        path: The lock file; made if needed, gone after `release`.

    Raises:
        HeldError: another process, or another part of this one, holds it.
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        while self._file is None:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _take(file)
                # A holder may have removed the file between opening and locking: then try again.
                if _same(file, path):
                    self._file = file
            except BlockingIOError:
                raise HeldError(_holder(file)) from None
            finally:
                if self._file is None:
                    os.close(file)
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()} {socket.gethostname()}\n".encode())

    def release(self) -> None:
        """Let go of the lock; does nothing the second time."""
        if self._file is not None:
            file, self._file = self._file, None
            self._path.unlink(missing_ok=True)
            os.close(file)

    def __enter__(self) -> LockedFile:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.release()


def _take(file: int) -> None:
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _same(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _holder(file: int) -> str:
    pid, _, host = os.pread(file, 300, 0).decode(errors="replace").strip().partition(" ")
    return f"process {pid} on {host}" if pid.isdigit() and host.isprintable() else "another process"
