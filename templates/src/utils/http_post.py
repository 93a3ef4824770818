"""Telling another system over HTTP: one POST or PUT, bounded in time, with certificates verified."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import http.client

TIMEOUT_SECONDS = 5.0


class DeliveryError(Exception):
    """The other system could not be told; the message never holds the address, which may be a secret."""


def send(
    url: str,
    body: bytes,
    *,
    method: str = "POST",
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> int:
    """Send a body to an http or https address and return the status.

    Args:
        url: The address; proxies of the environment (``https_proxy``, ``no_proxy``) are used.
        body: What is sent.
        method: POST or PUT.
        content_type: Of the body.
        headers: Further headers.
        timeout: Seconds for connecting and for each answer.

    Raises:
        DeliveryError: the address is none, cannot be reached, or answers with an error.
    """
    import http.client  # most runs tell nobody, and need not wait for it

    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise DeliveryError("the address is not a URL") from None
    if parts.scheme not in ("http", "https") or not host:
        raise DeliveryError("the address must start with http:// or https://")
    target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    connection: http.client.HTTPConnection | None = None
    try:
        connection = _connect(parts.scheme, host, port, timeout)
        connection.request(method, target, body, {"Content-Type": content_type, **(headers or {})})
        response = connection.getresponse()
        response.read(1024)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DeliveryError(f"{type(error).__name__} while sending to {host}") from None
    finally:
        if connection is not None:
            connection.close()
    if response.status >= 300:
        raise DeliveryError(f"{host} answered {response.status} {response.reason}")
    return response.status


def _connect(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    import http.client
    import ssl
    import urllib.request

    proxy = None if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(scheme)
    secure = scheme == "https"
    context = ssl.create_default_context() if secure else None
    if proxy and secure:
        via = urllib.parse.urlsplit(proxy)
        tunnel = http.client.HTTPSConnection(via.hostname or "", via.port, timeout=timeout, context=context)
        tunnel.set_tunnel(host, port or 443)
        return tunnel
    if secure:
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, port, timeout=timeout)
