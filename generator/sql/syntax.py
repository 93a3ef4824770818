"""Syntax errors in the words of the person who writes the query, not of the parser."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlglot
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token

from generator.design.nearest import nearest

from .words import KEYWORDS

_OPENERS = {"(": ")", "[": "]", "{": "}"}
_CLAUSES = {word for phrase in KEYWORDS for word in phrase.split() if len(word) > 3} | {"GROUP", "ORDER"}
_SIDES = ("LEFT", "RIGHT", "INNER", "FULL", "CROSS", "ANTI", "SEMI", "ASOF")
_WANTS = {
    "WHERE": "a condition", "HAVING": "a condition", "QUALIFY": "a condition", "NOT": "a condition",
    "ON": "a condition", "AND": "a condition", "OR": "a condition", "FROM": "a table", "JOIN": "a table",
    "LIMIT": "a number", "ORDER BY": "a column", "GROUP BY": "a column", "PARTITION BY": "a column",
    "UNION": "a query", "UNION ALL": "a query", "EXCEPT": "a query", "INTERSECT": "a query", "ALL": "a query",
    "SELECT": "a column", "GROUP": "BY", "ORDER": "BY", "PARTITION": "BY", **dict.fromkeys(_SIDES, "JOIN"),
    "AS": "a name", "::": "a type", ".": "a column", ",": "another column",
}  # fmt: skip
_BEFORE_NAMES = {"FROM", "JOIN", "AS", ".", ",", "SELECT"}
_MISSING = re.compile(r"Required keyword: '(\w+)' missing for <class '[\w.]*\.(\w+)'>")


@dataclass(frozen=True)
class SyntaxFault:
    """What is wrong, and the piece of the text it is about."""

    message: str
    start: int
    end: int


def explain(sql: str, dialect: str, error: ParseError) -> SyntaxFault:
    """Return the parser's complaint as one clear sentence about a place in the query."""
    detail = error.errors[0] if error.errors else {}
    told = str(detail.get("description") or "")
    tokens = _tokens(sql, dialect)
    word = str(detail.get("highlight") or "")
    start = _offset(sql, int(detail.get("line") or 1), int(detail.get("col") or 1) - len(word))
    index = next((at for at, token in enumerate(tokens) if token.end >= start), len(tokens) - 1)
    if not tokens:
        return SyntaxFault("syntax error: this is no query", 0, 1)
    return _explained(told, tokens, max(0, index))


def _explained(told: str, tokens: list[Token], index: int) -> SyntaxFault:
    here = tokens[index]
    if missing := _MISSING.match(told):
        return _something_missing(missing[2], tokens, index)
    if told.startswith("Expected table name"):
        return _needs(tokens, index if _name(here) in _WANTS else index - 1, "a table")
    if told.startswith(("Expecting ", "Expected ]")):
        return _expected(told.split()[-1], tokens, index)
    if "after CAST" in told:
        return _fault(here, "CAST needs a type: CAST(value AS type)")
    if told == "Expected type":
        return _needs(tokens, index - 1, "a type")
    if "END after CASE" in told:
        case = next((token for token in reversed(tokens[: index + 1]) if _name(token) == "CASE"), here)
        return _fault(case, "this CASE has no END")
    if "following CTE" in told:
        return _fault(here, "WITH needs a query after it: write a SELECT")
    if "CTE to have alias" in told:
        return _fault(here, "a WITH query needs a name: WITH name AS (SELECT …)")
    if repeated := re.search(r"multiple '(\w+)' clauses", told):
        return _fault(here, f"{repeated[1]} stands here a second time")
    return _unexpected(tokens, index)


def _something_missing(kind: str, tokens: list[Token], index: int) -> SyntaxFault:
    here = tokens[index]
    if kind == "Between":
        return _fault(here, "BETWEEN needs two values: BETWEEN low AND high")
    # The parser stops at the word that lacks its other half, or at the one that stands in its place.
    last = index == len(tokens) - 1
    owner = index if last and _lacks(here) else index - 1
    while owner > 0 and _name(tokens[owner]) in _OPENERS.values():
        owner -= 1
    return _needs(tokens, owner, "a value")


def _lacks(token: Token) -> bool:
    """Tell whether a token cannot be the end of a query."""
    name = _name(token)
    return name in _CLAUSES or name in _WANTS or not (name[:1].isalnum() or name[:1] in "_'\")]}")


def _needs(tokens: list[Token], index: int, what: str) -> SyntaxFault:
    owner = tokens[max(0, index)]
    name = _name(owner)
    return _fault(owner, f"{_shown(owner)} needs {_WANTS.get(name, what)} after it")


def _expected(sign: str, tokens: list[Token], index: int) -> SyntaxFault:
    """A bracket that is missing: name the one it would close, or the word it should stand before."""
    here, last = tokens[index], index == len(tokens) - 1
    opener = next((one for one, closer in _OPENERS.items() if closer == sign), "")
    if not opener:
        return _fault(here, f"expected {sign} before {_shown(here)}")
    if last:
        return _fault(here, f"expected {sign} at the end: a {opener} is never closed")
    if _slip(tokens, index):
        return _unexpected(tokens, index)
    return _fault(here, f"expected {sign} before {_shown(here)}")


def _unexpected(tokens: list[Token], index: int) -> SyntaxFault:
    here, before = tokens[index], tokens[index - 1] if index else None
    if index > 1 and _name(tokens[index - 2]) == "AS" and not _is_value(tokens[index - 1]):
        return _needs(tokens, index - 2, "a name")
    if _name(here) in _SIDES:
        return _needs(tokens, index, "JOIN")
    if before is not None and _lacks(before) and _name(before) not in {")", "*"}:
        return _needs(tokens, index - 1, "a value")
    if index == len(tokens) - 1 and _lacks(here) and _name(here) not in {")", "]", "}"}:
        return _needs(tokens, index, "a value")
    if slip := _slip(tokens, index):
        return slip
    if before is None:
        return _fault(here, f"unexpected {_shown(here)}: a query starts with SELECT, WITH or FROM")
    hint = ": a comma or a keyword is missing" if _is_value(before) and _is_value(here) else ""
    return _fault(here, f"unexpected {_shown(here)} after {_shown(before)}{hint}")


def _slip(tokens: list[Token], index: int) -> SyntaxFault | None:
    """Find a keyword that is spelled almost right: the word before the fault, the one before that, or itself."""
    for at in (index - 1, index - 2, index):
        if at < 0:
            continue
        word = tokens[at].text.upper()
        names_something = at > 0 and _name(tokens[at - 1]) in _BEFORE_NAMES
        if not word.isalpha() or word in _CLAUSES or names_something or not _is_value(tokens[at]):
            continue
        meant = nearest(word, _CLAUSES) if len(word) >= 4 else None
        if meant and abs(len(meant) - len(word)) <= 1:
            return _fault(tokens[at], f"unexpected {_shown(tokens[at])}: did you mean {meant}?")
    return None


def _is_value(token: Token) -> bool:
    return token.token_type.name in {"VAR", "IDENTIFIER", "NUMBER", "STRING"}


def _name(token: Token) -> str:
    return "::" if token.token_type.name == "DCOLON" else " ".join(token.text.upper().split())


def _shown(token: Token) -> str:
    kind = token.token_type.name
    if kind == "STRING":
        return "a text"
    if kind in {"VAR", "IDENTIFIER", "NUMBER"}:
        return token.text[:40]
    return _name(token)[:40]


def _fault(token: Token, message: str) -> SyntaxFault:
    return SyntaxFault(f"syntax error: {message}", token.start, token.end + 1)


def _tokens(sql: str, dialect: str) -> list[Token]:
    try:
        return list(sqlglot.tokenize(sql, read=dialect))
    except TokenError:
        return []


def _offset(sql: str, line: int, column: int) -> int:
    """Return the offset of a place (line from 1, column from 0), as `str.split` counts lines."""
    lines = sql.split("\n")
    before = sum(len(each) + 1 for each in lines[: line - 1])
    return before + max(0, min(column, len(lines[line - 1]) if line <= len(lines) else 0))
