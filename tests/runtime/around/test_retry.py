"""Only named transient errors are tried again, in good time, and errors travel whole between processes."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from templates.src.utils import retry as module
from templates.src.utils.retry import PipelineError, RetryPolicy, retry, retry_after_seconds

KINDS = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, PipelineError)]


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def attempt(self, policy: RetryPolicy, function: Callable[[], Any], chance: float = 1.0) -> Any:
        wrapped = retry(
            policy,
            transient=(ConnectionError,),
            sleep=self.sleep,
            clock=lambda: self.now,
            chance=lambda: chance,
        )
        return wrapped(function)()


def failing(times: int, error: Exception) -> Callable[[], str]:
    left = [times]

    def call() -> str:
        if left[0]:
            left[0] -= 1
            raise error
        return "done"

    return call


def test_waits_grow_until_their_bound() -> None:
    clock = Clock()
    policy = RetryPolicy(max_attempts=6, initial_delay_seconds=1, backoff_factor=3, max_delay_seconds=10)
    assert clock.attempt(policy, failing(5, ConnectionError())) == "done"
    assert clock.slept == [1, 3, 9, 10, 10]


def test_jitter_shortens_waits_by_its_share_at_most() -> None:
    clock = Clock()
    clock.attempt(RetryPolicy(jitter=0.5), failing(2, ConnectionError()), chance=0.0)
    assert clock.slept == [0.5, 1.0]


def test_the_last_attempt_raises_the_error_itself() -> None:
    clock, error = Clock(), ConnectionError("gone")
    with pytest.raises(ConnectionError, match="gone"):
        clock.attempt(RetryPolicy(max_attempts=3), failing(3, error))
    assert len(clock.slept) == 2


def test_bugs_are_never_repeated() -> None:
    clock = Clock()
    with pytest.raises(ValueError):
        clock.attempt(RetryPolicy(), failing(1, ValueError("a bug")))
    assert clock.slept == []


def test_no_attempt_starts_after_the_deadline() -> None:
    clock = Clock()
    policy = RetryPolicy(max_attempts=99, initial_delay_seconds=10, backoff_factor=1, deadline_seconds=35)
    with pytest.raises(ConnectionError):
        clock.attempt(policy, failing(99, ConnectionError()))
    assert clock.now == 30


def test_retry_after_is_honoured_even_beyond_the_longest_wait() -> None:
    clock, error = Clock(), ConnectionError("busy")
    vars(error)["retry_after"] = 77
    clock.attempt(RetryPolicy(max_delay_seconds=5), failing(1, error))
    assert clock.slept == [77]


def test_retry_after_may_be_seconds_or_a_date() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def asked(value: str) -> float | None:
        error = OSError()
        vars(error)["headers"] = {"Retry-After": value}
        return retry_after_seconds(error, now)

    assert asked("12") == 12
    assert asked(format_datetime(now + timedelta(seconds=90), usegmt=True)) == 90
    assert asked("soon") is None
    assert retry_after_seconds(OSError()) is None


def test_generators_and_coroutines_are_refused() -> None:
    def rows() -> Iterator[int]:
        yield 1

    async def later() -> int:
        return 1

    for function in (rows, later):
        with pytest.raises(TypeError, match="yields or awaits"):
            retry(RetryPolicy(), transient=(ConnectionError,))(function)


def test_everything_cannot_be_transient() -> None:
    with pytest.raises(TypeError, match="named"):
        retry(RetryPolicy(), transient=(Exception,))


def test_a_predicate_may_name_the_transient_errors() -> None:
    wrapped = retry(RetryPolicy(), transient=lambda error: "deadlock" in str(error), sleep=lambda _: None)
    assert wrapped(failing(2, OSError("deadlock")))() == "done"
    with pytest.raises(OSError, match="disk full"):
        wrapped(failing(2, OSError("disk full")))()


@pytest.mark.parametrize("kind", KINDS)
def test_errors_pickle_whole(kind: type[PipelineError]) -> None:
    error = kind("what happened", details={"table": "orders"})
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.stage, copy.details, copy.exit_code) == (
        kind, "what happened", error.stage, {"table": "orders"}, error.exit_code,
    )  # fmt: skip


def test_exit_codes_are_the_documented_ones() -> None:
    codes = {kind.__name__: kind.exit_code for kind in KINDS if kind.exit_code != 1}
    assert codes == {"QualityCheckError": 3, "LockHeldError": 75, "ConfigurationError": 2}
