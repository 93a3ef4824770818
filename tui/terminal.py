"""A terminal for programs that are run: they write for a person, and their output is read line by line."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import fcntl
import os
import pty
import struct
import termios
from collections.abc import AsyncIterator

_CHUNK = 65_536
_LONGEST_LINE = 100_000
_DRAIN_SECONDS = 0.2
"""After a program has ended, what it wrote last is waited for this long."""


class Terminal:
    """A pseudo-terminal: ``inner`` is the program's end.

    Programs write logs for machines when they are not on a terminal; here a person reads along.
    """

    def __init__(self, *, columns: int, rows: int = 40) -> None:
        self._outer, self.inner = pty.openpty()
        os.set_blocking(self._outer, False)
        fcntl.ioctl(self.inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._open = True

    async def lines(self, process: asyncio.subprocess.Process) -> AsyncIterator[str]:
        """Yield the lines the program and all it started write, until it has ended."""
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[bytes] = asyncio.Queue()
        loop.add_reader(self._outer, self._read, chunks)
        ended = asyncio.create_task(process.wait())
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        rest = ""
        try:
            while True:
                timeout = _DRAIN_SECONDS if ended.done() else None
                waiting = asyncio.create_task(chunks.get())
                await asyncio.wait(
                    {waiting, ended} - ({ended} if ended.done() else set()),
                    timeout=timeout,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not waiting.done():
                    waiting.cancel()
                    if timeout is not None:
                        break
                    continue
                chunk = waiting.result()
                if not chunk:
                    break
                *whole, rest = (rest + decode(chunk)).split("\n")
                for line in whole:
                    yield line
                if len(rest) > _LONGEST_LINE:
                    yield rest
                    rest = ""
            if rest.strip():
                yield rest
        finally:
            ended.cancel()
            if self._open:
                loop.remove_reader(self._outer)

    def _read(self, chunks: asyncio.Queue[bytes]) -> None:
        try:
            chunks.put_nowait(os.read(self._outer, _CHUNK))
        except BlockingIOError:
            return
        except OSError:
            # Linux answers EIO when the last program on the other end has gone.
            asyncio.get_running_loop().remove_reader(self._outer)
            chunks.put_nowait(b"")

    def close(self) -> None:
        """Close both ends."""
        if self._open:
            self._open = False
            for end in (self._outer, self.inner):
                with contextlib.suppress(OSError):
                    os.close(end)
