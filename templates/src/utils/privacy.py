"""Personal data: masked or tokenised before anything is written, and erased on request wherever it went.

A token is the HMAC-SHA256 (RFC 2104) of the value's text under ``PII_TOKEN_KEY``, in hexadecimal: equal
values get equal tokens, so joins and distinct counts still work; without the key none can be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from .retry import ConfigurationError

if TYPE_CHECKING:
    import duckdb

KEY_VARIABLE = "PII_TOKEN_KEY"
MIN_KEY_LENGTH = 16
MASK = "***"
_BLOCK = 64


def token(value: str, key: str) -> str:
    """Return the token of a value, as `install`'s SQL macro computes it."""
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()


def install(connection: duckdb.DuckDBPyConnection, key: str | None) -> None:
    """Define the macros ``tokenize(v)`` and ``mask(v)`` for this connection; NULL stays NULL.

    The macros are temporary: neither they nor the key reach a database file.

    Args:
        connection: Where the staging SQL runs.
        key: The token key; None where no column is tokenised, and then ``tokenize`` does not exist.

    Raises:
        ConfigurationError: the key is too short to resist guessing.
    """
    connection.execute(f"CREATE OR REPLACE TEMP MACRO mask(v) AS CASE WHEN v IS NOT NULL THEN '{MASK}' END")
    if key is None:
        return
    if len(key) < MIN_KEY_LENGTH:
        raise ConfigurationError(
            f"{KEY_VARIABLE} has {len(key)} characters; give at least {MIN_KEY_LENGTH} random ones"
        )
    connection.execute(hmac_macro("tokenize", key))


def hmac_macro(name: str, key: str) -> str:
    """Return the SQL that defines a temporary macro for `token` under a key."""
    inner, outer = (_blob(pad) for pad in _pads(key))
    digest = f"sha256({outer} || unhex(sha256({inner} || encode(CAST(v AS VARCHAR)))))"
    return f"CREATE OR REPLACE TEMP MACRO {name}(v) AS {digest}"


def _pads(key: str) -> tuple[bytes, bytes]:
    """Return the key XORed with HMAC's inner and outer pad, one block each."""
    block = key.encode()
    block = hashlib.sha256(block).digest() if len(block) > _BLOCK else block
    block = block.ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def _blob(content: bytes) -> str:
    return f"unhex('{content.hex()}')"
