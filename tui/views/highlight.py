"""Tokens of SQL and Python, line by line, for the editor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from generator.sql.words import FUNCTIONS, KEYWORDS, RESERVED


class Token(NamedTuple):
    """A coloured piece of one line: columns [start, end) and its kind."""

    start: int
    end: int
    kind: str


KINDS = ("keyword", "function", "string", "number", "comment", "operator", "name", "decorator")
"""Kinds of token; the editor has a component class for each."""

_SQL = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<string>'(?:[^']|'')*(?:'|\Z))
      | (?P<name>"(?:[^"]|"")*(?:"|\Z))
      | (?P<number>\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)
      | (?P<word>[^\W\d][\w$]*)
      | (?P<operator>[-+*/%<>=!|&^~:]+)""",
    re.VERBOSE | re.DOTALL,
)
_CALLED = re.compile(r"\s*\(")
_SQL_WORDS = frozenset(RESERVED) | {word for phrase in KEYWORDS for word in phrase.split()}
_SQL_TYPE_NAMES = """
    BIGINT BLOB BOOLEAN DECIMAL DOUBLE FLOAT HUGEINT INT INTEGER JSON NUMERIC REAL SMALLINT TEXT TIME
    TIMESTAMPTZ UUID VARCHAR
"""
_SQL_TYPES = frozenset(_SQL_TYPE_NAMES.split())
_PYTHON_PREFIXES = (
    ("Token.Comment", "comment"),
    ("Token.Keyword", "keyword"),
    ("Token.Operator.Word", "keyword"),
    ("Token.Name.Function", "function"),
    ("Token.Name.Builtin", "function"),
    ("Token.Name.Class", "function"),
    ("Token.Name.Decorator", "decorator"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Operator", "operator"),
)


@lru_cache(maxsize=16)
def token_lines(text: str, language: str) -> tuple[tuple[Token, ...], ...]:
    """Return the coloured tokens of each line.

    Args:
        text: The whole text, whose lines are counted as ``str.split("\\n")`` does.
        language: ``sql`` or ``python``; any other gives no colours.
    """
    # Lexers take "\r" for a line end; the editor does not.
    text = text.replace("\r", " ")
    lexers = {"sql": _sql_pieces, "python": _python_pieces}
    lines: list[list[Token]] = [[] for _ in range(text.count("\n") + 1)]
    if language not in lexers:
        return tuple(tuple(line) for line in lines)
    row = column = 0
    for kind, value in lexers[language](text):
        for number, piece in enumerate(value.split("\n")):
            if number:
                row, column = row + 1, 0
            if piece:
                if kind and row < len(lines):
                    lines[row].append(Token(column, column + len(piece), kind))
                column += len(piece)
    return tuple(tuple(line) for line in lines)


def _sql_pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of every piece; together they are the whole text."""
    end = 0
    for match in _SQL.finditer(text):
        yield "", text[end : match.start()]
        end = match.end()
        kind = match.lastgroup or ""
        yield (_word_kind(match[0], text, end) if kind == "word" else kind), match[0]
    yield "", text[end:]


def _word_kind(word: str, text: str, end: int) -> str:
    upper = word.upper()
    called = bool(_CALLED.match(text, end))
    if upper in _SQL_TYPES or (called and (upper == "CAST" or word.lower() in FUNCTIONS)):
        return "function"
    if upper in _SQL_WORDS:
        return "keyword"
    return "function" if called else ""


def _python_pieces(text: str) -> Iterator[tuple[str, str]]:
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name("python", stripnl=False, stripall=False, ensurenl=False)
    for token_type, value in lexer.get_tokens(text):
        name = str(token_type)
        yield next((kind for prefix, kind in _PYTHON_PREFIXES if name.startswith(prefix)), ""), value
