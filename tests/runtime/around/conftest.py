"""Logs of the tests go to a buffer, and no secret is remembered from one test to the next."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import structlog

from templates.src.utils import credentials
from templates.src.utils.logging_config import configure_logging


@pytest.fixture(autouse=True)
def logs() -> Iterator[io.StringIO]:
    """What was logged, as JSON lines."""
    buffer = io.StringIO()
    configure_logging("shop", "run-7", stream=buffer)
    yield buffer
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    credentials.forget()
