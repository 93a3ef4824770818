"""How text of the design gets into a file: one encoder per language, and a finalizer that refuses all else.

A template may only print an `Encoded` of the file's own language, an `Identifier`, or a number. Raw user
text that reaches a template is therefore an error at generation, never code in the generated project.
"""

from __future__ import annotations

import json
import keyword
import math
import re
import shlex
import sys
from collections.abc import Iterable
from typing import Any

from jinja2 import Undefined

from generator.errors import DesignError

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MARKUP = re.compile(r"[\\`*\[\]<>|~$&]|(?<![^\W_])_+|_+(?![^\W_])")
_SURROGATES = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})")
_CONTROL = dict.fromkeys([*range(32), *range(127, 160), 8232, 8233], " ")


class UnencodedTextError(TypeError):
    """A template printed text that no encoder of the file's language has seen: a bug in the template."""


class Identifier(str):
    """A name that is safe to print in any language: a Python identifier, no keyword, no standard module."""

    __slots__ = ()

    def __new__(cls, text: str) -> Identifier:
        """Check the name.

        Raises:
            DesignError: the text cannot be a name.
        """
        if isinstance(text, Identifier):
            return text
        if not _IDENTIFIER.fullmatch(text) or keyword.iskeyword(text) or keyword.issoftkeyword(text):
            raise DesignError(
                f"{text!r} is no valid name", fix="use letters, digits and underscores, as shop_orders"
            )
        if text in sys.stdlib_module_names:
            raise DesignError(f"{text!r} is a module of Python itself", fix="choose another name")
        return super().__new__(cls, text)


class Encoded(str):
    """Text already written in a language (``py``, ``md``, ...), safe to print in a file of that language."""

    language: str

    def __new__(cls, text: str, language: str) -> Encoded:
        """Mark text as safe for one language."""
        made = super().__new__(cls, text)
        made.language = language
        return made


def py(value: Any) -> Encoded:
    """Return the value as a Python literal, from plain values, lists, tuples and dicts."""
    return Encoded(_python_literal(value), "py")


def _python_literal(value: Any) -> str:
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_python_literal(k)}: {_python_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + "".join(f"{_python_literal(item)}, " for item in value) + ")"
    if isinstance(value, list):
        return "[" + ", ".join(_python_literal(item) for item in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    raise UnencodedTextError(f"{type(value).__name__} has no Python literal")


def one_line(text: str) -> str:
    """Return the text on one line: control characters and line ends become spaces, runs of spaces one."""
    return " ".join(text.translate(_CONTROL).split())


def md(text: Any) -> Encoded:
    """Return text for a Markdown line or table cell: nothing in it is markup, wherever it stands."""
    line = _MARKUP.sub(lambda match: "".join(f"\\{char}" for char in match[0]), one_line(str(text)))
    start = re.match(r"\d*", line)
    head, rest = line[: start.end() if start else 0], line[start.end() if start else 0 :]
    special = (". ", ") ") if head else ("-", "+", "=", "#")
    return Encoded(f"{head}\\{rest}" if f"{rest} ".startswith(special) else line, "md")


def code(text: Any) -> Encoded:
    """Return text as inline code for Markdown, fenced with more backticks than it contains."""
    line = one_line(str(text)).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return Encoded(f"{fence}{pad}{line}{pad}{fence}", "md")


def toml(value: Any) -> Encoded:
    """Return a TOML basic string."""
    return Encoded(json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f"), "toml")


def yaml_scalar(value: Any) -> Encoded:
    """Return a YAML scalar in JSON's style; what lies beyond 16 bits is one escape in YAML, not two."""
    text = json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")
    return Encoded(_SURROGATES.sub(lambda pair: f"\\U{_code_point(pair):08x}", text), "yaml")


def _code_point(pair: re.Match[str]) -> int:
    return 0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + int(pair[2], 16) - 0xDC00


def ident(text: Any) -> Identifier:
    """Return the text as a checked name."""
    return Identifier(str(text))


def env_name(text: str) -> Encoded:
    """Return the checked name of an environment variable."""
    if not _ENVIRONMENT_NAME.fullmatch(text):
        raise DesignError(
            f"{text!r} is no name of an environment variable", fix="use letters, digits and underscores"
        )
    return Encoded(text, "env")


def env_value(text: Any) -> Encoded:
    """Return a value for a .env file: single-quoted when it is more than a plain word."""
    plain = one_line(str(text))
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,-]*", plain):
        return Encoded(plain, "env")
    return Encoded("'" + plain.replace("'", "") + "'", "env")


def sh(text: Any) -> Encoded:
    """Return the text as one word for a POSIX shell."""
    return Encoded(shlex.quote(one_line(str(text))), "sh")


def unit(text: Any) -> Encoded:
    """Return the text for a value in a systemd unit, where % is special and a backslash at the end joins."""
    return Encoded(one_line(str(text)).replace("%", "%%").rstrip("\\"), "unit")


def sql_comment(text: Any) -> Encoded:
    """Return the text as SQL line comments, one per line of the text."""
    lines = [one_line(line) for line in str(text).splitlines()] or [""]
    return Encoded("\n".join(f"-- {line}".rstrip() for line in lines), "sql")


def joined(parts: Iterable[Any], separator: str = ", ") -> Encoded:
    """Join parts that are encoded already, all for one language; plain text among them is refused."""
    items = list(parts)
    languages = {part.language for part in items if isinstance(part, Encoded)}
    if len(languages) > 1 or not all(isinstance(part, Encoded | Identifier) for part in items):
        raise UnencodedTextError("only text encoded for one language can be joined")
    return Encoded(separator.join(items), languages.pop() if languages else "any")


FILTERS = {
    "py": py, "yaml": yaml_scalar, "toml": toml, "ident": ident, "md": md, "code": code, "env": env_value,
    "env_name": env_name, "sh": sh, "unit": unit, "sql_comment": sql_comment, "joined": joined,
}  # fmt: skip

ALLOWED = {
    "py": {"py"}, "md": {"md", "sh", "env"}, "yaml": {"yaml"}, "toml": {"toml"}, "sql": {"sql"},
    "sh": {"sh", "env"},
    "env": {"env"}, "unit": {"unit", "env"}, "make": {"sh"}, "docker": {"sh", "env"},
}  # fmt: skip
"""Encodings that may be printed in a file of each language."""


def finalizer(language: str) -> Any:
    """Return the function Jinja calls on every printed value of a template in ``language``."""
    allowed = ALLOWED[language] | {"any"}

    def finalize(value: Any) -> Any:
        if isinstance(value, Identifier) or (isinstance(value, Encoded) and value.language in allowed):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return whole(value)
        if isinstance(value, Undefined):
            return str(value)
        kind = (
            f"text encoded for {value.language}"
            if isinstance(value, Encoded)
            else f"a raw {type(value).__name__}"
        )
        raise UnencodedTextError(f"the template prints {kind} in a file of language {language}")

    return finalize


def whole(number: float) -> int | float:
    """Return a number without its fraction where that is zero: 90 and 90.0 are written alike."""
    return int(number) if isinstance(number, float) and number.is_integer() else number
