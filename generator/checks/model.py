"""What a check type is, and the shape its SQL takes.

A check's file holds a query of one row: ``records_checked``, ``records_failed`` and ``observed`` (text for
people, or NULL). It is laid out one part to a line, so that a runner can put the expressions of checks with
the same FROM line into a single scan without understanding them. A second query, behind `EXAMPLES_MARKER`,
may follow: up to ten offending rows, keys only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from generator.design.models import Check

from .dialects import Dialect, identifiers

EXAMPLES_MARKER = "-- examples: up to 10 offending rows, keys only"
MAX_EXAMPLES = 10
Stage = Literal["pre_transform", "post_transform", "final"]
STAGES: tuple[Stage, ...] = ("pre_transform", "post_transform", "final")
Kind = Literal["row", "set", "table", "run", "query"]
Editor = Literal[
    "column", "columns", "number", "integer", "text", "values", "flag", "table",
    "reference_column", "reference_columns", "sql",
]  # fmt: skip


@dataclass(frozen=True)
class CheckField:
    """One field of a check as a form shows it; ``editor`` says how it is best asked for."""

    name: str
    title: str
    help: str
    editor: Editor


@dataclass(frozen=True)
class CheckProblem:
    """What is wrong with a check; ``field`` names the field of the check, empty for the check as a whole."""

    field: str
    message: str
    fix: str = ""
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class Context:
    """What a check's SQL is written for.

    Attributes:
        relation: SQL of the relation that is checked, as ``"staging"."orders"``; one line.
        dialect: The engine it runs in.
        reference: SQL of the relation a reference points to.
        columns: Logical types of the relation's columns, as far as known.
        keys: Columns that identify a row, for examples.
        personal: Columns that must not appear in examples or observations.
    """

    relation: str
    dialect: Dialect
    reference: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    personal: Collection[str] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """The key columns that examples may hold."""
        return tuple(key for key in self.keys if key not in self.personal)


@dataclass(frozen=True)
class CheckQuery:
    """The parts of a check's SQL; ``source`` is what follows FROM."""

    source: str
    failed: str
    checked: str = "count(*)"
    observed: str = "CAST(NULL AS VARCHAR)"
    examples: str | None = None

    def text(self) -> str:
        """Return the file's statements."""
        parts = [
            "SELECT",
            f"  {self.checked} AS records_checked,",
            f"  {self.failed} AS records_failed,",
            f"  {self.observed} AS observed",
            f"FROM {self.source};",
        ]
        if self.examples:
            parts += ["", EXAMPLES_MARKER, f"{self.examples};"]
        return "\n".join(parts) + "\n"


Build = Callable[[Check, Context], CheckQuery]


@dataclass(frozen=True)
class CheckType:
    """One entry of the catalogue.

    Attributes:
        id: What the design calls it.
        title: What people call it.
        help: One sentence on what it is for.
        kind: ``row`` judges each row alone, ``set`` rows together, ``table`` the table, ``run`` the table
            against what runs have recorded, ``query`` is the user's own.
        required: Groups of field names; of each group at least one must be given.
        optional: Further field names that mean something to it.
        stages: Where it may stand.
        whole_table: Its verdict is wrong on a part of the table, as the incoming rows of an incremental run.
    """

    id: str
    title: str
    help: str
    kind: Kind
    build: Build
    sentence: Callable[[Check], str]
    required: tuple[tuple[str, ...], ...] = ()
    optional: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = STAGES
    whole_table: bool = False
    inspect: Callable[[Check, Mapping[str, str] | None], list[CheckProblem]] = lambda check, columns: []

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields that mean something to it, in the order a form asks for them."""
        return tuple(name for group in self.required for name in group) + self.optional


def columns_of(check: Check) -> list[str]:
    """Return the columns a check names, whichever way it names them, without repeats."""
    return list(dict.fromkeys([*([check.column] if check.column else []), *check.columns]))


def references_of(check: Check) -> list[str]:
    """Return the columns a check refers to in the other table; those of the same name by default."""
    named = [*([check.reference_column] if check.reference_column else []), *check.reference_columns]
    return list(dict.fromkeys(named)) or columns_of(check)


def row_examples(context: Context, failing: str) -> str | None:
    """Return a query of the keys of failing rows, None where no key may be shown."""
    if not context.shown:
        return None
    return f"SELECT {identifiers(context.shown)} FROM {context.relation} WHERE {failing} LIMIT {MAX_EXAMPLES}"
