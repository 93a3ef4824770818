"""Parsing one query: its tree, or where and why it is none. Parses are cached: an editor asks often."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from .syntax import explain

Severity = Literal["error", "warning"]
_CLOSED = re.compile(r"'(?:[^']|'')*+'|\"(?:[^\"]|\"\")*+\"|--[^\n]*|/\*.*?\*/|\$\$.*?\$\$", re.DOTALL)


@dataclass(frozen=True)
class SqlProblem:
    """What is wrong with a query; ``line`` and ``column`` count from 1, ``length`` in characters."""

    line: int
    column: int
    message: str
    severity: Severity = "error"
    length: int = 1


@dataclass(frozen=True)
class Parsed:
    """A query's tree, or the problem that it has none. The tree is shared: copy it before changing it."""

    sql: str
    dialect: str
    tree: exp.Select | exp.SetOperation | exp.Values | None = None
    problem: SqlProblem | None = None


@lru_cache(maxsize=256)
def parse_query(sql: str, dialect: str = "duckdb") -> Parsed:
    """Parse text that must be exactly one query (SELECT, set operation, VALUES, FROM-first form)."""

    def refused(message: str, offset: int = 0, length: int = 1) -> Parsed:
        line, column = position(sql, offset)
        return Parsed(sql, dialect, problem=SqlProblem(line, column, message, length=length))

    if not sql.strip():
        return refused("the query is empty: write a SELECT")
    try:
        statements = [statement for statement in sqlglot.parse(sql, dialect=dialect) if statement is not None]
    except ParseError as error:
        return _syntax(sql, dialect, error)
    except TokenError:
        return _unterminated(sql, dialect)
    except RecursionError:
        return refused("the query is nested too deeply to be read")
    if not statements:
        return refused("the query is empty: write a SELECT")
    if len(statements) > 1:
        return refused("there is more than one statement: a transformation is one query", _second(sql))
    tree = statements[0]
    if isinstance(tree, exp.Subquery):
        tree = tree.unnest()
    if not isinstance(tree, exp.Select | exp.SetOperation | exp.Values):
        first = sql.lstrip()
        word = (first.split() or ["?"])[0]
        return refused(
            f"{word.upper()[:20]} is no query: write a SELECT, its rows become the table",
            len(sql) - len(first),
            len(word),
        )
    if into := next(iter(tree.find_all(exp.Into, exp.DML)), None):
        word = "SELECT INTO" if isinstance(into, exp.Into) else type(into).__name__.upper()
        return refused(f"{word} changes data: write a plain SELECT, its rows become the table")
    return Parsed(sql, dialect, tree=tree)


def position(sql: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a character offset."""
    offset = max(0, min(offset, len(sql)))
    before = sql[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def offset_of(node: exp.Expr) -> tuple[int, int] | None:
    """Return the start offset and length of a node's own name in the text, where the parser kept it."""
    for part in (node, node.this, getattr(node.this, "this", None)):
        meta = getattr(part, "_meta", None)
        if meta and "start" in meta:
            return int(meta["start"]), int(meta["end"]) - int(meta["start"]) + 1
    return None


def problem_at(sql: str, node: exp.Expr, message: str, severity: Severity = "error") -> SqlProblem:
    """Return a problem placed at a node of the tree."""
    start, length = offset_of(node) or (0, 1)
    line, column = position(sql, start)
    return SqlProblem(line, column, message, severity, length)


def _syntax(sql: str, dialect: str, error: ParseError) -> Parsed:
    fault = explain(sql, dialect, error)
    line, column = position(sql, fault.start)
    length = max(1, fault.end - fault.start)
    return Parsed(sql, dialect, problem=SqlProblem(line, column, fault.message, length=length))


def _unterminated(sql: str, dialect: str) -> Parsed:
    """Find the quote or comment that never ends: the last one before which the text still makes tokens."""
    rest = _CLOSED.sub(lambda match: " " * len(match[0]), sql)
    if match := re.search(r"'|\"|/\*", rest):
        line, column = position(sql, match.start())
        what = {"'": "text", '"': "name"}.get(match[0], "comment")
        return Parsed(sql, dialect, problem=SqlProblem(line, column, f"this {what} is never closed"))
    return Parsed(sql, dialect, problem=SqlProblem(1, 1, "a quote or comment is never closed"))


def _second(sql: str) -> int:
    for token in sqlglot.tokenize(sql, read="duckdb"):
        if token.token_type.name == "SEMICOLON":
            return int(token.start)
    return 0
