"""A TCP proxy before PostgreSQL that cuts a connection mid-stream or swallows the answer to a COMMIT.

It reads just enough of the protocol (https://www.postgresql.org/docs/current/protocol-message-formats.html): the
test servers speak no TLS, and statements travel as text in Query ('Q') and Parse ('P') messages.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Mischief:
    """What the proxy is to do; each kind counts down and then stops."""

    cuts: int = 0
    """Connections to cut once `cut_after` bytes have come from the server through them."""
    cut_after: int = 0
    upload_cuts: int = 0
    """Connections to cut once `cut_after` bytes have gone to the server through them."""
    swallowed: int = 0
    """Answers to COMMIT to swallow: the server commits, the client sees the connection die."""
    lost: int = 0
    """COMMITs that never reach the server."""
    late: float = 0
    """Seconds by which the answer to the next COMMIT comes late."""
    marker: bytes = b'INSERT INTO "_ledger"."runs"'
    """Only a connection whose statements held this text is meant: the one that publishes."""
    done: list[str] = field(default_factory=list)
    committing: threading.Event = field(default_factory=threading.Event)
    """A COMMIT whose answer will come late has reached the server."""


class Proxy:
    """Listens on a loopback port and forwards to a server."""

    def __init__(self, port: int) -> None:
        self.mischief = Mischief()
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            _Connection(client, socket.create_connection(("127.0.0.1", self._server)), self.mischief)


class _Connection:
    """One client's connection, pumped by two threads."""

    def __init__(self, client: socket.socket, server: socket.socket, mischief: Mischief) -> None:
        self._client, self._server, self._mischief = client, server, mischief
        self._meant = self._mute = False
        self._delay = 0.0
        threading.Thread(target=self._upwards, daemon=True).start()
        threading.Thread(target=self._downwards, daemon=True).start()

    def _upwards(self) -> None:
        sent = 0
        for data in _chunks(self._client):
            sent += len(data)
            self._meant = self._meant or self._mischief.marker in data
            if self._mischief.upload_cuts and sent > self._mischief.cut_after:
                self._mischief.upload_cuts -= 1
                return self._cut("upload")
            if self._meant and b"COMMIT\0" in data:
                if self._mischief.lost:
                    self._mischief.lost -= 1
                    return self._cut("lost")
                if self._mischief.swallowed:
                    self._mischief.swallowed -= 1
                    self._mute = True
                self._delay, self._mischief.late = self._mischief.late, 0
            with contextlib.suppress(OSError):
                self._server.sendall(data)
        self._close()
        return None

    def _downwards(self) -> None:
        received = 0
        for data in _chunks(self._server):
            received += len(data)
            if self._mute:
                return self._cut("swallowed")
            if self._delay:
                self._mischief.committing.set()
                time.sleep(self._delay)
                self._delay = 0
            if self._mischief.cuts and received > self._mischief.cut_after:
                self._mischief.cuts -= 1
                return self._cut("download")
            with contextlib.suppress(OSError):
                self._client.sendall(data)
        self._close()
        return None

    def _cut(self, why: str) -> None:
        self._mischief.done.append(why)
        self._close()

    def _close(self) -> None:
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _chunks(end: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            data = end.recv(65_536)
        except OSError:
            return
        if not data:
            return
        yield data
