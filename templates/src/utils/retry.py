"""The kinds of failure a run can have, and the one layer that tries again after a passing one.

Only errors that are *named* as transient are tried again: a bug that is repeated three times is still a bug.
"""

from __future__ import annotations

import functools
import inspect
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Transient = tuple[type[BaseException], ...] | Callable[[BaseException], bool]

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_QUALITY = 3
EXIT_LOCKED = 75
"""sysexits.h EX_TEMPFAIL: somebody else is at work, try again later."""


class PipelineError(Exception):
    """Base of all failures of a run. The message is one sentence for a person; it survives pickling.

    Args:
        message: What happened and how to put it right.
        stage: The stage of the run it happened in.
        details: Facts for logs (never secrets, never personal data).
    """

    exit_code: ClassVar[int] = EXIT_FAILED
    default_stage: ClassVar[str] = ""

    def __init__(
        self, message: str, stage: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.stage = self.default_stage if stage is None else stage
        self.details: dict[str, Any] = dict(details or {})

    def __reduce__(self) -> tuple[type[PipelineError], tuple[str, str, dict[str, Any]]]:
        return type(self), (self.message, self.stage, self.details)


class ExtractionError(PipelineError):
    """Rows could not be read from a source."""

    default_stage = "extraction"


class SourceChangedError(ExtractionError):
    """A source's tables no longer fit their contract, and the contract says to stop."""


class TransformationError(PipelineError):
    """A transformation could not be computed."""

    default_stage = "transformation"


class LoadError(PipelineError):
    """Rows could not be published; nothing of this run is visible in the destination."""

    default_stage = "loading"


class QualityCheckError(PipelineError):
    """A quality gate stopped the run; nothing was published and no watermark moved."""

    exit_code = EXIT_QUALITY
    default_stage = "quality_check"


class LockHeldError(PipelineError):
    """Another run of this pipeline is at work; this one wrote nothing."""

    exit_code = EXIT_LOCKED
    default_stage = "lock"


class ConfigurationError(PipelineError):
    """The configuration or environment is incomplete or contradictory."""

    exit_code = EXIT_USAGE
    default_stage = "configuration"


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently to try again.

    Attributes:
        max_attempts: Calls in all, the first one included.
        initial_delay_seconds: Wait before the second call.
        backoff_factor: Each wait is this many times the one before.
        max_delay_seconds: No wait chosen here is longer; a server's Retry-After may be.
        deadline_seconds: Measured from the first call; no new call starts after it. None: no bound.
        jitter: Share of each wait that is random, 0..1, so that many clients do not return at once.
    """

    max_attempts: int = 3
    initial_delay_seconds: float = 1.0
    backoff_factor: float = 2.0
    max_delay_seconds: float = 300.0
    deadline_seconds: float | None = None
    jitter: float = 0.5

    def delay(self, attempt: int, chance: float) -> float:
        """Return the seconds to wait after a failed attempt (counted from 1); ``chance`` lies in 0..1."""
        try:
            full = self.initial_delay_seconds * self.backoff_factor ** (attempt - 1)
        except OverflowError:
            full = self.max_delay_seconds
        full = min(full, self.max_delay_seconds)
        return full * (1 - self.jitter + self.jitter * chance)


def retry_after_seconds(error: BaseException, now: datetime | None = None) -> float | None:
    """Return the wait a server asked for (``retry_after`` or a Retry-After header), None where it did not.

    The header may hold seconds or an HTTP date (RFC 9110, 10.2.3).
    """
    asked: object = getattr(error, "retry_after", None)
    if asked is None:
        headers = getattr(error, "headers", None) or getattr(
            getattr(error, "response", None), "headers", None
        )
        asked = headers.get("Retry-After") if headers is not None and hasattr(headers, "get") else None
    if asked is None:
        return None
    try:
        return max(0.0, float(str(asked)))
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(str(asked))
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


def retry(
    policy: RetryPolicy,
    *,
    transient: Transient,
    log: Any = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    chance: Callable[[], float] = random.random,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that calls a function again after a transient error.

    Args:
        policy: How often and how long.
        transient: The exception types worth another call, or a predicate. Nothing else is ever repeated.
        log: Logger with ``warning``; default: the run's own.
        sleep: Waits that many seconds.
        clock: Monotonic seconds.
        chance: A random number in 0..1.

    Raises:
        TypeError: the function is a generator or coroutine (its errors come after the call has returned), or
            every exception was named transient.
    """
    if isinstance(transient, tuple) and ({Exception, BaseException} & set(transient)):
        raise TypeError("retry needs named transient errors; Exception would repeat bugs too")

    def is_transient(error: BaseException) -> bool:
        return isinstance(error, transient) if isinstance(transient, tuple) else transient(error)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if (
            inspect.isgeneratorfunction(function)
            or inspect.isasyncgenfunction(function)
            or inspect.iscoroutinefunction(function)
        ):
            raise TypeError(
                f"{function.__name__} yields or awaits; retry only wraps functions that finish in one call"
            )

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            began = clock()
            attempt = 1
            while True:
                try:
                    return function(*args, **kwargs)
                except Exception as error:
                    if not is_transient(error) or attempt >= policy.max_attempts:
                        raise
                    asked = retry_after_seconds(error)
                    delay = policy.delay(attempt, chance()) if asked is None else asked
                    out_of_time = policy.deadline_seconds is not None and (
                        clock() - began + delay > policy.deadline_seconds
                    )
                    if out_of_time:
                        raise
                    (log or _logger()).warning(
                        "retrying",
                        function=function.__name__,
                        attempt=attempt,
                        max_attempts=policy.max_attempts,
                        delay_seconds=round(delay, 3),
                        error=f"{type(error).__name__}: {error}",
                    )
                sleep(delay)
                attempt += 1

        return call

    return decorate


def _logger() -> Any:
    import structlog  # costs more than the rest of this module; a run that never retries need not wait for it

    return structlog.get_logger(__name__)
