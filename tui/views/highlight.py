"""Tokens of SQL and Python, line by line, for the editor and for previews."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Token(NamedTuple):
    """A coloured piece of one line: columns [start, end) and its kind."""

    start: int
    end: int
    kind: str


KINDS = ("keyword", "function", "string", "number", "comment", "operator", "name", "decorator")
"""Kinds of token; the editor has a component class for each."""

_PREFIXES = (
    ("Token.Comment", "comment"),
    ("Token.Keyword", "keyword"),
    ("Token.Operator.Word", "keyword"),
    ("Token.Name.Function", "function"),
    ("Token.Name.Builtin", "function"),
    ("Token.Name.Class", "function"),
    ("Token.Name.Decorator", "decorator"),
    ("Token.Literal.String.Symbol", "name"),
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
    if language not in {"sql", "python"}:
        return tuple(() for _ in text.split("\n"))
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language, stripnl=False, stripall=False, ensurenl=False)
    lines: list[list[Token]] = [[]]
    column = 0
    # Lexers take "\r" for a line end; the editor does not.
    for token_type, value in lexer.get_tokens(text.replace("\r", " ")):
        kind = _kind(str(token_type))
        for number, piece in enumerate(value.split("\n")):
            if number:
                lines.append([])
                column = 0
            if piece:
                if kind:
                    lines[-1].append(Token(column, column + len(piece), kind))
                column += len(piece)
    return tuple(tuple(line) for line in lines)


def _kind(token_type: str) -> str:
    return next((kind for prefix, kind in _PREFIXES if token_type.startswith(prefix)), "")
