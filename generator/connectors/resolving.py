"""Looking a host name up without waiting longer than was said: the system's lookup knows no time limit."""

from __future__ import annotations

import queue
import socket
import threading

from generator.errors import ProbeError


def addresses(host: str, port: int, timeout: float) -> list[str]:
    """Return the addresses of a host, each once.

    Args:
        host: Name or address.
        port: Only named in errors.
        timeout: Seconds to wait for the answer.

    Raises:
        ProbeError: ``unreachable`` for a name that is not known, ``timeout`` when no answer came.
    """
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=look_up, daemon=True).start()
    where = f"{host}:{port}"
    try:
        answer = answers.get(timeout=timeout)
    except queue.Empty:
        what = f"looking up the host name {host} took longer than {timeout:.0f} s"
        fix = "check this machine's name server, or use the address instead of the name"
        raise ProbeError(what, kind="timeout", where=where, fix=fix) from None
    if isinstance(answer, OSError):
        fix = "check its spelling, and that the network or VPN it belongs to is up"
        raise ProbeError(f"the host name {host} is not known", kind="unreachable", where=where, fix=fix)
    return answer
