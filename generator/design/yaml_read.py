"""YAML text to plain data that remembers where each key was written.

Stricter than a YAML library's own loader, because a design is written by hand: duplicate keys are refused, so
are tags that would build objects, aliases cannot explode, scalars follow YAML 1.2 (``no`` is text).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

Path = tuple[str | int, ...]

MAX_DEPTH = 40
MAX_ALIASED_VALUES = 100_000
"""How many values aliases may add to a document before it is taken for a bomb."""

_SAFE_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map")
} | {"!"}
_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,400}")
_BASED_INT = re.compile(r"0o[0-7]{1,400}|0x[0-9a-fA-F]{1,400}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class YamlError(Exception):
    """Text that is no well-formed document; ``line`` and ``column`` count from 1."""

    def __init__(self, message: str, line: int, column: int, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.fix = fix


@dataclass
class Document:
    """Plain data (dict, list, scalars) and the text it was read from."""

    data: Any
    text: str

    @cached_property
    def marks(self) -> dict[Path, tuple[int, int]]:
        """Per path, the line and column (from 1) of its key or item; read when first asked for, as few are."""
        marks: dict[Path, tuple[int, int]] = {}
        _Reader(self.text, marks).read()
        return marks

    def locate(self, path: Path) -> tuple[int, int]:
        """Return line and column of the deepest known part of ``path``."""
        for length in range(len(path), 0, -1):
            if (mark := self.marks.get(path[:length])) is not None:
                return mark
        return (1, 1)


def read_yaml(text: str) -> Document:
    """Read one YAML document.

    Raises:
        YamlError: a syntax error, a duplicate key, a refused tag, an alias bomb, or no document at all.
    """
    return Document(_Reader(text).read(), text)


class _Reader:
    """Reads a document; notes where each key and item stands only when given a place for that."""

    def __init__(self, text: str, marks: dict[Path, tuple[int, int]] | None = None) -> None:
        self._text = text
        self._marks = marks
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open_anchors: set[str] = set()
        self._values = 0
        self._aliased = 0

    def read(self) -> Any:
        try:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(self._text)
            self._next: Callable[[], Any] = loader.get_event
            return self._document()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = ", ".join(part for part in (error.problem, error.context) if part)
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise YamlError(f"not valid YAML: {said}", line, column, _syntax_fix(said)) from error
        except yaml.YAMLError as error:
            line, column = _place_of_unprintable(self._text)
            raise YamlError(
                "holds a character that YAML does not allow", line, column, "remove it"
            ) from error
        except UnicodeEncodeError as error:
            line, column = _position(self._text, error.start)
            raise YamlError(
                "holds a character that is no valid Unicode", line, column, "remove it"
            ) from error

    def _document(self) -> Any:
        data, found = None, False
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                if found:
                    raise _at(
                        event, "holds a second document", "keep one design per file and remove the --- line"
                    )
                found = True
                data = self._value(self._next(), (), 0)
        if not found:
            raise YamlError("the file is empty", 1, 1, "start it with: version: 1")
        return data

    def _value(self, event: Any, path: Path, depth: int) -> Any:
        self._values += 1
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None and event.tag not in _SAFE_TAGS:
            raise _at(event, f"the tag {event.tag} is not allowed", "write a plain value")
        if depth > MAX_DEPTH:
            raise _at(event, f"is nested more than {MAX_DEPTH} levels deep", "a design needs far fewer")
        if event.anchor is not None:
            self._open_anchors.add(event.anchor)
        before = self._values
        if isinstance(event, yaml.MappingStartEvent):
            value: Any = self._mapping(path, depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path, depth)
        else:
            value = _scalar(event)
        if event.anchor is not None:
            self._open_anchors.discard(event.anchor)
            self._anchors[event.anchor] = (value, self._values - before + 1)
        return value

    def _alias(self, event: Any) -> Any:
        if event.anchor in self._open_anchors:
            raise _at(event, f"the alias *{event.anchor} refers to itself", "write the value out")
        if event.anchor not in self._anchors:
            raise _at(event, f"the alias *{event.anchor} has no anchor", f"define &{event.anchor} above it")
        value, size = self._anchors[event.anchor]
        self._aliased += size
        if self._aliased > MAX_ALIASED_VALUES:
            raise _at(event, "aliases expand to too many values", "write fewer aliases")
        self._values += size
        return deepcopy(value)

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _at(event, "a key must be plain text", "write key: value")
            key = event.value
            if key == "<<" and not event.style:
                raise _at(event, "merge keys (<<) are not supported", "write the keys out")
            if key in result:
                raise self._twice(event, path)
            here = self._mark(event, path, key)
            result[key] = self._value(self._next(), here, depth + 1)
        return result

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            here = self._mark(event, path, len(result))
            result.append(self._value(event, here, depth + 1))
        return result

    def _mark(self, event: Any, path: Path, step: str | int) -> Path:
        """Return the path of a key or item, noting where it stands; without a place for notes no path is needed."""
        if self._marks is None:
            return ()
        here = (*path, step)
        self._marks[here] = _position_of(event)
        return here

    def _twice(self, event: Any, path: Path) -> Exception:
        """Return the error of a key given twice; where it stood first, only a reading with notes knows."""
        if self._marks is None:
            _Reader(self._text, {}).read()
        first = (self._marks or {})[(*path, event.value)][0]
        said = f"the key {shown(event.value)} is given twice (first in line {first})"
        return _at(event, said, "keep one of them")


_MAY_BE_NO_TEXT = frozenset("nNtTfF~.+-0123456789")
"""How plain text begins that YAML may read as anything else."""


def _scalar(event: Any) -> Any:
    text: str = event.value
    if (
        event.style
        or event.tag in {"!", "tag:yaml.org,2002:str"}
        or (text and text[0] not in _MAY_BE_NO_TEXT)
    ):
        return text
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INT.fullmatch(text):
        return int(text)
    if _BASED_INT.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.replace(".", ""))
    return text


def shown(text: str) -> str:
    """Return a key or value as it can stand in a one-line message: printable, at most 60 characters."""
    plain = text if text.isprintable() and text else repr(text)
    return plain if len(plain) <= 60 else plain[:57] + "..."


def _at(event: Any, message: str, fix: str) -> YamlError:
    line, column = _position_of(event)
    return YamlError(message, line, column, fix)


def _position_of(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _position(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _place_of_unprintable(text: str) -> tuple[int, int]:
    found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return _position(text, found.start()) if found else (1, 1)


def _syntax_fix(said: str) -> str:
    if "tab character" in said:
        return "indent with spaces"
    if "cannot start any token" in said:
        return "indent with spaces, and put values that begin with @, ` or % in quotes"
    if "mapping values are not allowed" in said:
        return "put values that contain a colon in quotes, and indent keys of one level alike"
    if "expected" in said and ("block" in said or "flow" in said):
        return "close every bracket and quote, and indent keys of one level alike"
    return ""
