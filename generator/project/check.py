"""Every rendered file is read back in its own language before anything is written."""

from __future__ import annotations

import configparser
import contextlib
import functools
import json
import logging
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

import sqlglot
import yaml

from generator.design.python_source import parse_python

from .python_style import styled
from .render import RenderError

_SQLGLOT_LOG = logging.getLogger("sqlglot")
Fault = tuple[int, str]
"""Line and message of what makes a file unreadable."""


def checked(
    files: Mapping[str, bytes],
    origins: Mapping[str, str],
    verbatim: set[str],
    own_code: set[str],
    dialect: str,
    told: Callable[[int], None] = lambda number: None,
) -> dict[str, bytes]:
    """Return the files with rendered Python formatted.

    Args:
        files: Content by path.
        origins: Template or writer of each file, for messages.
        verbatim: Paths copied byte for byte, which stay as they are.
        own_code: Paths of Python the user wrote, which is formatted but not judged.
        dialect: SQL dialect of transforms and checks.
        told: Told how many files have been read back.

    Raises:
        RenderError: a file does not parse or ruff objects; names file, origin and line.
    """
    for number, (path, content) in enumerate(files.items()):
        told(number)
        if fault := _fault(path, content, dialect):
            raise _bug(path, origins[path], fault)
    rendered = {
        path: content for path, content in files.items() if path.endswith(".py") and path not in verbatim
    }
    formatted, findings = styled(rendered, files["pyproject.toml"])
    for finding in findings:
        if finding.path not in own_code:
            fault = (finding.line, f"{finding.code} {finding.message}")
            raise _bug(finding.path, origins[finding.path], fault)
    return {**files, **formatted}


def _bug(path: str, origin: str, fault: Fault) -> RenderError:
    line, message = fault
    return RenderError(
        f"the generated file is wrong: {message}",
        where=f"{path}:{line} (from {origin})",
        fix="this is a bug in pipewizard: report it with the design",
    )


def _fault(path: str, content: bytes, dialect: str) -> Fault | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return 1, f"not UTF-8: {error.reason}"
    plain = PurePosixPath(path.removesuffix(".example"))
    if plain.suffix == ".sql":
        return _sql_fault(text, _dialect(path, dialect))
    parse = _PARSERS.get(plain.suffix)
    return parse(text) if parse else None


def _dialect(path: str, engine: str) -> str:
    if path.startswith("sql/staging/"):
        return "duckdb"
    return "postgres" if path.startswith("sql/grants") else engine


def _sql_fault(text: str, dialect: str) -> Fault | None:
    try:
        with _silent():
            statements = sqlglot.parse(text, dialect=dialect)
    except sqlglot.errors.SqlglotError as error:
        details = error.errors[0] if isinstance(error, sqlglot.ParseError) and error.errors else {}
        return int(details.get("line") or 1), str(details.get("description") or error)
    return None if any(statements) else (1, "holds no statement")


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep sqlglot from telling on stderr which statements (grants) it only knows by name."""
    level = _SQLGLOT_LOG.level
    _SQLGLOT_LOG.setLevel(logging.ERROR)
    try:
        yield
    finally:
        _SQLGLOT_LOG.setLevel(level)


@functools.lru_cache(maxsize=256)
def _python_fault(text: str) -> Fault | None:
    # Most of a project's Python is the same in every project; a wizard renders again and again.
    try:
        parse_python(text)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    return None


def _yaml_fault(text: str) -> Fault | None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for _ in yaml.compose_all(text, Loader=loader):
            pass
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return (mark.line + 1 if mark else 1), str(getattr(error, "problem", None) or error)
    return None


def _toml_fault(text: str) -> Fault | None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return 1, str(error)
    return None


def _json_fault(text: str) -> Fault | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno, error.msg
    return None


def _json_lines_fault(text: str) -> Fault | None:
    # Not splitlines: JSON strings may hold U+2028 and U+0085 as they are.
    for number, line in enumerate(text.rstrip("\n").split("\n"), start=1):
        if fault := _json_fault(line):
            return number, fault[1]
    return None


def _unit_fault(text: str) -> Fault | None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=False, delimiters=("=",))
    try:
        parser.read_string(text)
    except configparser.Error as error:
        return getattr(error, "lineno", 1) or 1, str(error)
    return None


_PARSERS: dict[str, Callable[[str], Fault | None]] = {
    ".py": _python_fault, ".yaml": _yaml_fault, ".toml": _toml_fault, ".json": _json_fault,
    ".jsonl": _json_lines_fault, ".service": _unit_fault, ".timer": _unit_fault,
}  # fmt: skip
