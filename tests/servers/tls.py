"""A TLS end point in front of a PostgreSQL server, as a proxy at a provider's edge would be.

It answers PostgreSQL's SSLRequest, speaks TLS to the client and plain text to the server behind it
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import trustme

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


@contextlib.contextmanager
def tls_proxy(
    server: tuple[str, int], names: tuple[str, ...], folder: Path, address: str = "127.0.0.1"
) -> Iterator[tuple[int, Path]]:
    """Run the end point for as long as the block lasts; give its port and the authority's PEM file.

    Args:
        server: Host and port of the server behind it.
        names: Host names and addresses in its certificate.
        folder: Where the PEM file is written.
        address: Where it listens.
    """
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    pem = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(pem))
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(server, address, context, ready)), daemon=True
    )
    thread.start()
    loop, stop, port = ready.result(10)
    try:
        yield port, pem
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


async def _serve(
    server: tuple[str, int],
    address: str,
    context: ssl.SSLContext,
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]],
) -> None:
    stop = asyncio.Event()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            if await reader.readexactly(len(SSL_REQUEST)) != SSL_REQUEST:
                return
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(context)
            back_reader, back_writer = await asyncio.open_connection(*server)
            await asyncio.gather(_copy(reader, back_writer), _copy(back_reader, writer))
        writer.close()

    listener = await asyncio.start_server(client, address, 0)
    ready.set_result((asyncio.get_running_loop(), stop, listener.sockets[0].getsockname()[1]))
    await stop.wait()
    listener.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
