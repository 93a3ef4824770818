"""Completions for the query editor: tables, columns, functions and keywords that fit where the cursor is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .query import parse_query
from .relations import Relations, Tables, quote
from .words import FUNCTIONS, KEYWORDS, RESERVED

CompletionKind = Literal["table", "column", "alias", "function", "keyword"]
MAX_COMPLETIONS = 50
_WORD = r'(?:"(?:[^"]|"")*"|[^\W\d]\w*)'
_NAME = rf"{_WORD}(?:\s*\.\s*{_WORD})*"
_TYPED = re.compile(rf'((?:{_WORD}\s*\.\s*)*)("?[\w$]*)$')
_TABLE_PLACE = re.compile(
    r"\b(?:from|join|into|update|table)\s+(?:[\w\".]+(?:\s+(?:as\s+)?\w+)?\s*,\s*)*$", re.I
)
_READ = re.compile(rf"(?:\bfrom|\bjoin|,)\s*({_NAME})(?:\s+(?:as\s+)?({_WORD}))?", re.I)
_CTE = re.compile(
    rf"(?:\bwith(?:\s+recursive)?|,)\s*({_WORD})\s*(?:\([^)]*\)\s*)?as\s*(?:(?:not\s+)?materialized\s*)?\(",
    re.I,
)
_HIDDEN = re.compile(r"'(?:[^']|'')*(?:'|$)|--[^\n]*|/\*.*?(?:\*/|$)", re.S)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Completion:
    """One proposal: ``text`` replaces what stands between ``start`` and the cursor."""

    text: str
    kind: CompletionKind
    detail: str
    start: int


def completions(sql: str, cursor: int, tables: Tables, *, limit: int = MAX_COMPLETIONS) -> list[Completion]:
    """Return what may stand at the cursor, the likeliest first.

    Args:
        sql: The text so far; need not parse.
        cursor: Character offset in it.
        tables: ``schema.table`` -> column -> logical type.
        limit: The most proposals to return.
    """
    cursor = max(0, min(cursor, len(sql)))
    visible = _HIDDEN.sub(lambda match: " " * len(match[0]), sql[:cursor])
    if cursor and visible[-1:] == " " and sql[cursor - 1] not in " \t\n":
        return []
    match = _TYPED.search(visible)
    if match is None:
        return []
    owner = [_unquoted(part) for part in re.findall(_WORD, match[1])]
    typed = match[2].lstrip('"').casefold()
    found: Iterator[tuple[str, CompletionKind, str]]
    if owner:
        found = _members(owner, sql, tables)
    elif _TABLE_PLACE.search(visible[: match.start(2)]):
        found = _tables(sql, tables)
    elif not typed and not visible.strip():
        found = iter((word, "keyword", "keyword") for word in ("SELECT", "WITH", "FROM"))
    else:
        found = _expressions(sql, tables)
    return _best(found, typed, match.start(2), limit)


def _best(
    found: Iterator[tuple[str, CompletionKind, str]], typed: str, start: int, limit: int
) -> list[Completion]:
    """Return the proposals that hold what was typed, those that start with it first."""
    first: list[Completion] = []
    later: list[Completion] = []
    seen: set[tuple[str, str]] = set()
    for text, kind, detail in found:
        folded = text.casefold()
        bare = folded.rpartition(".")[2].lstrip('"')
        if (typed and typed not in folded) or (folded, kind) in seen or (kind == "keyword" and bare == typed):
            continue
        seen.add((folded, kind))
        starts = not typed or bare.startswith(typed) or folded.startswith(typed)
        (first if starts else later).append(Completion(text, kind, detail, start))
        if len(first) >= limit:
            break
    return (first + later)[:limit]


def _members(owner: list[str], sql: str, tables: Tables) -> Iterator[tuple[str, CompletionKind, str]]:
    name = ".".join(owner)
    aliases = dict(_in_reach(sql, tables))
    for alias, columns in aliases.items():
        if alias.casefold() in (name.casefold(), owner[-1].casefold()):
            yield from ((_quoted(column), "column", kind) for column, kind in columns.items())
            return
    prefix = name.casefold() + "."
    for full in tables:
        if full.casefold().startswith(prefix):
            yield _quoted(full.partition(".")[2]), "table", _width(tables, full)


def _tables(sql: str, tables: Tables) -> Iterator[tuple[str, CompletionKind, str]]:
    for match in _CTE.finditer(_HIDDEN.sub(" ", sql)):
        yield match[1], "table", "WITH query"
    for full in tables:
        schema, _, name = full.partition(".")
        yield f"{_quoted(schema)}.{_quoted(name)}" if name else _quoted(schema), "table", _width(tables, full)


def _expressions(sql: str, tables: Tables) -> Iterator[tuple[str, CompletionKind, str]]:
    reach = list(_in_reach(sql, tables))
    for alias, columns in reach:
        yield from ((_quoted(column), "column", f"{kind} · {alias}") for column, kind in columns.items())
    yield from ((_quoted(alias), "alias", "table in this query") for alias, _ in reach)
    yield from ((word, "keyword", "keyword") for word in KEYWORDS)
    yield from ((f"{name}(", "function", help_text) for name, help_text in FUNCTIONS.items())


def _in_reach(sql: str, tables: Tables) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the tables a query reads under their aliases, found in the text, since it need not parse."""
    text = _HIDDEN.sub(lambda match: " " * len(match[0]), sql)
    relations = _index(tables)
    local = {_unquoted(match[1]).casefold(): _cte_columns(sql, match.end()) for match in _CTE.finditer(text)}
    for match in _READ.finditer(text):
        parts = [_unquoted(part) for part in re.findall(_WORD, match[1])]
        written = ".".join(parts)
        alias = _unquoted(match[2]) if match[2] and match[2].upper() not in RESERVED else parts[-1]
        if written.casefold() in local:
            yield alias, local[written.casefold()]
        elif full := relations.by_name.get(written.casefold()):
            yield alias, dict(tables[full[0]])


def _cte_columns(sql: str, start: int) -> dict[str, str]:
    """Return the column names of a WITH query whose text begins at ``start``, as far as it parses."""
    depth, end = 1, start
    while end < len(sql) and depth:
        depth += {"(": 1, ")": -1}.get(sql[end], 0)
        end += 1
    tree = parse_query(sql[start : end - 1]).tree
    return {name: "" for name in tree.named_selects if name and name != "*"} if tree is not None else {}


_last: list[tuple[Tables, int, Relations]] = []


def _index(tables: Tables) -> Relations:
    """Return the index of the tables; the last one is kept: thousands take milliseconds to index."""
    if _last and _last[0][0] is tables and _last[0][1] == len(tables):
        return _last[0][2]
    relations = Relations.of(tables)
    _last[:] = [(tables, len(tables), relations)]
    return relations


def _width(tables: Tables, full: str) -> str:
    count = len(tables[full])
    return f"{count} columns" if count else "columns not known"


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') and name.endswith('"') else name


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.upper() not in RESERVED else quote(name)
