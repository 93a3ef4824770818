"""Plain data to YAML in one canonical form: same data, same text.

Sections are blocks; whatever else fits on a line is written on one line; several lines of text (SQL, Python)
are a ``|`` block. Scalars are quoted wherever YAML 1.1 or 1.2 could read them as anything but text, so that
every YAML library reads the same values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from .yaml_read import Path

WIDTH = 100
_LONGEST_SIMPLE_KEY = 120
"""Longer keys take the explicit ``? key`` form: YAML reads no simple key beyond 1024 characters."""

_PLAIN_BLOCK = re.compile(r"[A-Za-z_][A-Za-z0-9_./()+'*,;&!?@%=-]*( [A-Za-z0-9_./()+'*,;&!?@%=-]+)*")
_PLAIN_FLOW = re.compile(r"[A-Za-z_][A-Za-z0-9_./()+*-]*( [A-Za-z0-9_./()+*-]+)*")
_RESERVED = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LITERAL = re.compile(
    "[\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*"
)


def write_yaml(data: dict[str, Any], *, block: Callable[[Path], bool]) -> str:
    """Return the document.

    Args:
        data: Mappings with text keys, lists, text, numbers, booleans and None.
        block: Tells, for the path of a mapping or list, whether it is a block even where one line is enough.
    """
    lines: list[str] = []
    _Writer(lines, block).mapping(data, (), 0)
    return "\n".join(lines) + "\n"


class Written(list[str]):
    """A list of which every entry is the text it is in the document; see `written`."""


def written(item: Any, path: Path, *, block: Callable[[Path], bool]) -> str:
    """Return what `write_yaml` writes for an entry of a list of blocks, to be put into a document in its place.

    Args:
        item: The entry.
        path: Where the list is; only how deep it lies and its name count, not the places of entries above it.
        block: As for `write_yaml`.
    """
    lines: list[str] = []
    _Writer(lines, block).sequence([item], path, 2 * len(path))
    return "\n".join(lines)


class Inline(dict[str, Any]):
    """A mapping that knows how it reads on one line, for what a document holds many times; see `inline`."""

    __slots__ = ("line",)

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data)
        self.line: str | None = _Writer([], lambda path: False).one_line(data, (), _ANY_LENGTH)


_ANY_LENGTH = 1_000_000_000


class _Writer:
    def __init__(self, lines: list[str], block: Callable[[Path], bool]) -> None:
        self._lines = lines
        self._block = block

    def mapping(self, data: dict[str, Any], path: Path, indent: int, lead: str | None = None) -> None:
        pad = " " * indent
        for key, value in data.items():
            start, lead = (pad if lead is None else lead), None
            name = scalar(key, flow=True)
            if len(name) > _LONGEST_SIMPLE_KEY:
                self._lines.append(f"{start}? {name}")
                self._value(f"{pad}:", value, (*path, key), indent)
            else:
                self._value(f"{start}{name}:", value, (*path, key), indent)

    def _value(self, head: str, value: Any, path: Path, indent: int) -> None:
        if isinstance(value, str) and _fits_literal(value):
            chomp = "" if value.endswith("\n") else "-"
            self._lines.append(f"{head} |{chomp}")
            lines = value.removesuffix("\n").split("\n")
            self._lines.extend(" " * (indent + 2) + line if line else "" for line in lines)
        elif not isinstance(value, (dict, list)):
            self._lines.append(f"{head} {scalar(value)}")
        elif (line := self.one_line(value, path, WIDTH - len(head))) is not None:
            self._lines.append(f"{head} {line}")
        elif isinstance(value, dict):
            self._lines.append(head)
            self.mapping(value, path, indent + 2)
        else:
            self._lines.append(head)
            self.sequence(value, path, indent + 2)

    def sequence(self, items: list[Any], path: Path, indent: int) -> None:
        dash = " " * indent + "-"
        if isinstance(items, Written):
            self._lines.extend(items)
            return
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                self._value(dash, item, (*path, index), indent)
            elif (line := self.one_line(item, (*path, index), WIDTH - len(dash))) is not None:
                self._lines.append(f"{dash} {line}")
            else:
                self.mapping(item, (*path, index), indent + 2, lead=dash + " ")

    def one_line(self, value: dict[str, Any] | list[Any], path: Path, room: int) -> str | None:
        """Return the value on one line, or None where it does not fit or has to be a block."""
        if isinstance(value, Inline):
            return value.line if value.line is not None and len(value.line) <= room else None
        if not value:
            return "[]" if isinstance(value, list) else "{}"
        if self._block(path):
            return None
        parts: list[str] = []
        named = isinstance(value, dict)
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            name = f"{scalar(key, flow=True)}: " if named else ""
            if len(name) > _LONGEST_SIMPLE_KEY:
                return None
            if isinstance(item, (dict, list)):
                inner = self.one_line(item, (*path, key), room)
                if inner is None:
                    return None
            elif isinstance(item, str) and _fits_literal(item):
                return None
            else:
                inner = scalar(item, flow=True)
            room -= len(name) + len(inner) + 2
            if room < 0:
                return None
            parts.append(name + inner)
        return f"{{{', '.join(parts)}}}" if named else f"[{', '.join(parts)}]"


def scalar(value: Any, *, flow: bool = False) -> str:
    """Return a scalar's YAML; ``flow`` when it stands inside brackets or is a key."""
    if isinstance(value, str):
        return _again(value, flow) if len(value) <= _SHORT else _text(value, flow)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return _float(value)


_SHORT = 60


@lru_cache(maxsize=8192)
def _again(value: str, flow: bool) -> str:
    """Return short text's YAML: names and types come again and again."""
    return _text(value, flow)


def _text(value: str, flow: bool) -> str:
    pattern = _PLAIN_FLOW if flow else _PLAIN_BLOCK
    if pattern.fullmatch(value) and value.lower() not in _RESERVED:
        return str(value)
    return _ESCAPE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _float(value: float) -> str:
    text = repr(value).replace("inf", ".inf").replace("nan", ".nan")
    mantissa, exponent, power = text.partition("e")
    if not exponent:
        return text
    # YAML 1.1 reads a number with an exponent as a float only with a point and a signed exponent.
    mantissa = mantissa if "." in mantissa else mantissa + ".0"
    return f"{mantissa}e{power if power[0] in '+-' else '+' + power}"


def _fits_literal(text: str) -> bool:
    """Tell whether text of several lines comes back exactly from a ``|`` block."""
    if "\n" not in text or "\n" not in text.removesuffix("\n") or not _LITERAL.fullmatch(text):
        return False
    lines = text.removesuffix("\n").split("\n")
    if not lines[0] or not lines[-1] or lines[0].startswith(" "):
        return False
    return not any(line != line.rstrip() or line.startswith("\t") for line in lines)
