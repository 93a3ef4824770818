"""The form of every recommendation: the choice, why, and what comes nearest to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Advice(Generic[T]):
    """One recommendation.

    Args:
        choice: What is recommended.
        reason: Why, in one sentence for a person.
        alternative: The nearest other choice, None where there is none.
        alternative_reason: When that other choice is the better one.
        rule: Stable name of the rule that matched, as ``watermark.by_name``.
        inputs: The facts the rule looked at, for people, as ``freshness 24 h``.
        offered: Whether this release can generate the choice.
    """

    choice: T
    reason: str
    alternative: T | None = None
    alternative_reason: str = ""
    rule: str = ""
    inputs: tuple[str, ...] = ()
    offered: bool = True
