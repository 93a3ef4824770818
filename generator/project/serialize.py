"""Writers for data files: YAML, TOML and JSON, deterministic and the same on every machine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from .encoders import one_line, toml

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 110


def yaml_text(document: Any, *, header: Sequence[str] = ()) -> str:
    """Return a YAML document in insertion order.

    Args:
        document: Plain mappings, lists and scalars.
        header: Lines of comment before it, without the ``#``.
    """
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    body = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return "".join(f"# {one_line(line)}".rstrip() + "\n" for line in header) + body


def json_text(document: Any) -> str:
    """Return a JSON document, indented by two."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def toml_text(document: Mapping[str, Any]) -> str:
    """Return a TOML document: scalars and lists first, then one ``[table]`` per nested mapping, in order."""
    lines: list[str] = []
    _toml_table(document, (), lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def _toml_table(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    nested = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    if path and (plain or not nested):
        lines += ["", f"[{'.'.join(_toml_key(part) for part in path)}]"]
    lines += [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in plain.items()]
    for key, value in nested.items():
        _toml_table(value, (*path, key), lines)


def _toml_key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else str(toml(key))


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return str(toml(value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml_key(key)} = {_toml_value(item)}" for key, item in value.items()) + "}"
    items = [_toml_value(item) for item in value]
    if sum(map(len, items)) > 80:
        return "[\n" + "".join(f"    {item},\n" for item in items) + "]"
    return "[" + ", ".join(items) + "]"
