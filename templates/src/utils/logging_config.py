"""Logs: one JSON object a line for machines, short coloured lines for a person; always on stderr.

Every line carries the run's id. Registered secrets are hidden in every value before anything is written.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from .credentials import HIDDEN, is_secret_name, redact

_SAFE_NAMES = frozenset({"event", "level", "timestamp", "run_id", "pipeline", "logger", "function"})


def hide_secrets(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: hide registered secrets in all values, and all values under secret names."""
    for name, value in event.items():
        event[name] = HIDDEN if name not in _SAFE_NAMES and is_secret_name(name) and value else _hidden(value)
    return event


def configure_logging(
    pipeline: str,
    run_id: str,
    *,
    level: str = "INFO",
    stream: TextIO | None = None,
    human: bool | None = None,
) -> None:
    """Set up structlog for a run.

    Args:
        pipeline: The pipeline's name, on every line.
        run_id: The run's id, on every line.
        level: The least level written, as DEBUG.
        stream: Where lines go; default stderr.
        human: Short lines instead of JSON; default: whether the stream is a terminal.
    """
    out = stream or sys.stderr
    for_person = out.isatty() if human is None else human
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if for_person:
        renderer = structlog.dev.ConsoleRenderer(
            colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if for_person else [structlog.processors.format_exc_info]),
            hide_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
        ),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(pipeline=pipeline, run_id=run_id)


def bind(**values: Any) -> None:
    """Put values on every further line of this run, as the stage or table at work."""
    structlog.contextvars.bind_contextvars(**values)


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if is_secret_name(str(key)) and item else _hidden(item) for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_hidden(item) for item in value]
    if isinstance(value, BaseException):
        return redact(f"{type(value).__name__}: {value}")
    return value
