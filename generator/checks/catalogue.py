"""The catalogue of quality checks: all that wizard, generator and documentation know of them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from generator.design.models import Check
from generator.errors import DesignError

from .dialects import dialect_named
from .fields import FIELDS
from .model import STAGES, CheckField, CheckProblem, CheckType, Context, columns_of, references_of
from .row_checks import ROW_CHECKS
from .run_checks import RUN_CHECKS
from .set_checks import SET_CHECKS
from .table_checks import TABLE_CHECKS
from .words import one_line

__all__ = [
    "CHECKS",
    "FIELDS",
    "STAGES",
    "CheckField",
    "CheckProblem",
    "CheckType",
    "check_name",
    "check_type",
    "columns_of",
    "describe",
    "problems",
    "references_of",
    "sql",
    "unique_names",
]

CHECKS: dict[str, CheckType] = {
    entry.id: entry for entry in (*ROW_CHECKS, *SET_CHECKS, *TABLE_CHECKS, *RUN_CHECKS)
}
_LONGEST_NAME = 60


def check_type(name: str) -> CheckType:
    """Return an entry of the catalogue.

    Raises:
        DesignError: there is none of that name.
    """
    if name not in CHECKS:
        near = get_close_matches(name, CHECKS, n=1)
        fix = f"did you mean {near[0]}?" if near else f"use one of {', '.join(CHECKS)}"
        raise DesignError(f"there is no quality check {name!r}", fix=fix)
    return CHECKS[name]


def check_name(check: Check) -> str:
    """Return the check's name in snake_case, at most 60 long: its own, else made of type, table, columns."""
    words = check.name or "_".join([check.check, check.table or "", *columns_of(check)])
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_") or "check"
    slug = f"check_{slug}" if slug[0].isdigit() else slug
    lossy = check.name is None and not plain.replace(" ", "_").replace("-", "_").isidentifier()
    if len(slug) > _LONGEST_NAME or lossy:
        digest = hashlib.sha256(words.encode()).hexdigest()[:6]
        slug = f"{slug[: _LONGEST_NAME - 7].rstrip('_')}_{digest}"
    return slug


def unique_names(checks: Iterable[Check]) -> list[str]:
    """Return the name of each check, later ones numbered where two would be the same."""
    taken: set[str] = set()
    names = []
    for check in checks:
        base = name = check_name(check)
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def describe(check: Check) -> str:
    """Return what the check asserts, in one line for people."""
    return check_type(check.check).sentence(check)


def sql(
    check: Check,
    relation: str,
    dialect: str,
    *,
    reference: str | None = None,
    columns: Mapping[str, str] | None = None,
    keys: Iterable[str] = (),
    personal: Collection[str] = (),
) -> str:
    """Return the content of the check's SQL file.

    Args:
        check: A check without problems.
        relation: SQL of what is checked, as ``"staging"."orders"``, quoted by the caller; on one line.
        dialect: ``duckdb`` or ``postgres``.
        reference: SQL of the table a reference points to.
        columns: Logical types of the relation's columns; the schema check expects exactly these.
        keys: Columns that identify a row, for examples.
        personal: Columns that hold personal data and never appear in examples.

    Raises:
        DesignError: the check's type is unknown, or a name or value in it cannot be written in SQL.
    """
    entry = check_type(check.check)
    if "\n" in relation or "\n" in (reference or ""):
        raise DesignError("a table's name holds a line break", fix="rename the table or give it an alias")
    context = Context(relation, dialect_named(dialect), reference, columns or {}, tuple(keys), personal)
    return f"-- {describe(check)}\n{entry.build(check, context).text()}"


def problems(
    check: Check, columns: Mapping[str, str] | None = None, *, stage: str | None = None
) -> list[CheckProblem]:
    """Return what is missing or contradictory in a check.

    Args:
        check: The check; may be incomplete.
        columns: Logical types of the columns of its table, None where they are not known.
        stage: Where it stands: pre_transform, post_transform or final.
    """
    try:
        entry = check_type(check.check)
    except DesignError as error:
        return [CheckProblem("check", error.what, error.fix)]
    found = []
    if not check.table:
        found.append(CheckProblem("table", f"{entry.title} needs a table", "choose the table it looks at"))
    if stage is not None and stage not in entry.stages:
        allowed = " or ".join(name.replace("_", "-") for name in entry.stages)
        found.append(CheckProblem("check", f"{entry.title} cannot stand in {stage}", f"move it to {allowed}"))
    for group in entry.required:
        if all(_empty(getattr(check, name)) for name in group):
            titles = " or ".join(FIELDS[name].title.lower() for name in group)
            found.append(CheckProblem(group[0], f"{entry.title} needs {titles}", f"fill in {titles}"))
    found += _unknown_columns(check, columns)
    if any("\0" in value for value in _texts(check)):
        found.append(CheckProblem("", "text in the check holds a NUL character", "remove it"))
    return found + (entry.inspect(check, columns) if not found else [])


def _unknown_columns(check: Check, columns: Mapping[str, str] | None) -> list[CheckProblem]:
    found = []
    for name in columns_of(check):
        field = "column" if name == check.column else "columns"
        if any(char in name for char in "\r\n"):
            found.append(
                CheckProblem(field, f"{one_line(name)!r} holds a line break", "choose another column")
            )
        elif columns is not None and name not in columns and check.check != "custom_sql":
            near = get_close_matches(name, columns, n=1)
            fix = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(columns)}"
            found.append(CheckProblem(field, f"{check.table or 'the table'} has no column {name!r}", fix))
    return found


def _empty(value: object) -> bool:
    return value is None or value == "" or value == []


def _texts(check: Check) -> list[str]:
    values: list[object] = [check.pattern, check.sql, check.table, check.reference_table, check.name]
    values += [*columns_of(check), *references_of(check), *check.values]
    return [value for value in values if isinstance(value, str)]
