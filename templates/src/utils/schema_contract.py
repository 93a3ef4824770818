"""What happens when a source table no longer has the columns the design was made for.

Pure: compares the contract with what the source has now and says what the run is to do. Types are the logical
types of the configuration (``integer``, ``decimal(12,2)``, ``timestamptz``, ``text[]``, ...).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ..settings import ColumnSettings, TableSettings

Change = Literal["same", "widened", "narrowed", "conflict"]
_DECIMAL = re.compile(r"decimal\((\d+),\s*(-?\d+)\)")
_INTEGERS = {"smallint": 5, "integer": 10, "bigint": 19}
"""Integer types, narrowest first, and the decimal digits each needs."""
_WIDER: dict[str, frozenset[str]] = {
    "smallint": frozenset({"integer", "bigint", "decimal", "real", "double"}),
    "integer": frozenset({"bigint", "decimal", "double"}),
    "bigint": frozenset({"decimal"}),
    "real": frozenset({"double"}),
    "date": frozenset({"timestamp"}),
    "uuid": frozenset({"text"}),
}
"""Types every value of which another type holds exactly."""


@dataclass(frozen=True)
class ColumnInfo:
    """A column as the source has it now."""

    name: str
    type: str
    nullable: bool = True


@dataclass(frozen=True)
class ContractDecision:
    """What the run does about a changed table.

    Attributes:
        added: New columns to carry along (policy evolve).
        ignored: New columns to leave out (policy freeze).
        dropped: Columns the source no longer has; they stay and are filled with NULL.
        widened: Columns to be widened, with their new type.
        conflicts: Columns whose values may not fit any more; a value that does not is a dead letter.
        narrowed: Columns whose new type fits in the old one; nothing is to be done.
        stop_reason: Why the run must stop, as one sentence with the remedy; empty where it goes on.
    """

    added: tuple[ColumnInfo, ...] = ()
    ignored: tuple[ColumnInfo, ...] = ()
    dropped: tuple[str, ...] = ()
    widened: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    narrowed: dict[str, str] = field(default_factory=dict)
    stop_reason: str = ""

    @property
    def changed(self) -> bool:
        """Whether anything differs that somebody should be told about."""
        parts = (self.added, self.ignored, self.dropped, self.widened, self.conflicts, self.narrowed)
        return any(parts) or bool(self.stop_reason)

    def messages(self, table: str) -> list[str]:
        """Return one sentence for each change, for logs and alerts."""
        said = [f"{table}: new column {column.name} ({column.type}) is taken along" for column in self.added]
        said += [f"{table}: new column {column.name} is left out (frozen)" for column in self.ignored]
        said += [
            f"{table}: column {name} is gone from the source; it is kept, new rows NULL"
            for name in self.dropped
        ]
        said += [
            f"{table}: column {name} is now {kind} and is widened" for name, kind in self.widened.items()
        ]
        said += [f"{table}: column {name} is now {kind}, which fits" for name, kind in self.narrowed.items()]
        said += [
            f"{table}: column {name} is now {kind}; values that do not fit become dead letters"
            for name, kind in self.conflicts.items()
        ]
        return said + ([self.stop_reason] if self.stop_reason else [])


def decide(table: TableSettings, actual: Iterable[ColumnInfo]) -> ContractDecision:
    """Compare a table's contract with the columns its source has now.

    A lost key or watermark column always stops the run: without it, rows could double or be missed.
    """
    present = {column.name: column for column in actual}
    expected = {column.name: column for column in table.columns}
    policy, where = table.contract, table.full_name
    new = tuple(column for name, column in present.items() if name not in expected)
    dropped = tuple(name for name in expected if name not in present)
    reasons = [_lost(table, name) for name in dropped if _vital(table, name)]
    if dropped and len(dropped) == len(expected):
        # Not a table that has changed but one that was misread, as text with another delimiter.
        found = ", ".join(map(repr, present)) or "none"
        reasons = [f"{where}: the source has none of its columns any more; those it has are {found}"]
    if dropped and not reasons and policy.dropped_column == "stop":
        reasons.append(f"{where}: {', '.join(dropped)} is gone from the source and the contract says to stop")
    changes: dict[str, dict[str, str]] = {"widened": {}, "conflict": {}, "narrowed": {}}
    for name, column in expected.items():
        if name in present and (change := compare(column, present[name].type)) != "same":
            changes[change][name] = present[name].type
    for kind, rule in (("widened", policy.widened_type), ("conflict", policy.type_conflict)):
        if changes[kind] and rule == "stop":
            named = ", ".join(f"{name} ({expected[name].type} -> {to})" for name, to in changes[kind].items())
            reasons.append(f"{where}: {named} changed type and the contract says to stop")
    remedy = "; probe the source again, or change the table's contract in config/pipeline_config.yaml"
    return ContractDecision(
        added=new if policy.new_column == "evolve" else (),
        ignored=() if policy.new_column == "evolve" else new,
        dropped=dropped,
        widened=changes["widened"],
        conflicts=changes["conflict"],
        narrowed=changes["narrowed"],
        stop_reason="; ".join(reasons) + remedy if reasons else "",
    )


def compare(column: ColumnSettings, actual: str) -> Change:
    """Tell how a column's type now relates to the one in the contract."""
    expected = column.type
    if _canonical(expected) == _canonical(actual):
        return "same"
    if holds(actual, expected):
        return "widened"
    return "narrowed" if holds(expected, actual) else "conflict"


def holds(wide: str, narrow: str) -> bool:
    """Tell whether every value of the narrow type is a value of the wide one, exactly."""
    wide, narrow = _canonical(wide), _canonical(narrow)
    if wide == narrow:
        return True
    if wide.endswith("[]") and narrow.endswith("[]"):
        return holds(wide[:-2], narrow[:-2])
    to, source = _DECIMAL.fullmatch(wide), _DECIMAL.fullmatch(narrow)
    if to:
        precision, scale = int(to[1]), int(to[2])
        if source:
            return scale >= int(source[2]) and precision - scale >= int(source[1]) - int(source[2])
        return narrow in _INTEGERS and precision - scale >= _INTEGERS[narrow]
    return wide == "decimal" if source else wide in _WIDER.get(narrow, frozenset())


def _canonical(kind: str) -> str:
    return re.sub(r"\s+", "", kind.lower())


def _vital(table: TableSettings, name: str) -> bool:
    return name in table.primary_key or (
        table.extraction.incremental and name == table.extraction.watermark_column
    )


def _lost(table: TableSettings, name: str) -> str:
    role = "key" if name in table.primary_key else "watermark"
    return f"{table.full_name}: {role} column {name} is gone from the source"
