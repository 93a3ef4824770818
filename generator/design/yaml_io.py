"""The design file: text to `PipelineDesign` and back, with errors that name file, line, column and key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from generator.errors import DesignError

from .expected import EXPECTED
from .models import DESIGN_VERSION, PipelineDesign
from .nearest import did_you_mean, nearest
from .yaml_dump import dump_design
from .yaml_read import Document, YamlError, read_yaml, shown

__all__ = [
    "Fault",
    "MalformedDesignError",
    "NewerDesignError",
    "dump_design",
    "key_path",
    "known_keys",
    "load_design",
    "parse_design",
]
MAX_BYTES = 64 * 1024 * 1024

_EXPECTED = {**EXPECTED, "literal_error": '"*"'}
"""Where a name or a list is taken, the only name there is stands for all."""


@dataclass(frozen=True)
class Fault:
    """One place where a file is not a design; ``line`` and ``column`` count from 1, ``key`` is a path."""

    message: str
    line: int = 1
    column: int = 1
    key: str = ""
    fix: str = ""


class MalformedDesignError(DesignError):
    """A file that is not well-formed: ``faults`` holds every place found, the message says the first."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.file = file
        self.faults = tuple(faults)
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        key = f"{first.key}: " if first.key else ""
        where = f"{file}, line {first.line}, column {first.column}"
        super().__init__(f"{key}{first.message}{more}", where=where, fix=first.fix)
        self.args = (file, faults)

    def sentences(self) -> list[str]:
        """Return one sentence per fault, each with its place."""
        return [str(MalformedDesignError(self.file, [fault])) for fault in self.faults]


class NewerDesignError(DesignError):
    """A design written by a newer pipewizard; it is left untouched."""


def load_design(path: str | Path) -> PipelineDesign:
    """Read a design file; queries named by ``sql_file`` that lie beside it are read in.

    Raises:
        DesignError: it cannot be read, is not well-formed (all faults at once), or is of a newer version.
    """
    path = Path(path)
    design = parse_design(_read(path), str(path))
    for transformation in design.transformations:
        if transformation.sql_file and transformation.sql is None and transformation.type == "sql":
            query = _beside(path, transformation.sql_file)
            if query is not None:
                transformation.sql, transformation.sql_file = _read(query), None
    return design


def parse_design(text: str, where: str = "design") -> PipelineDesign:
    """Read a design from text; ``where`` names it in errors.

    Raises:
        MalformedDesignError: it is not well-formed; all faults at once.
        NewerDesignError: it was written by a newer pipewizard.
    """
    try:
        document = read_yaml(text)
    except YamlError as error:
        raise MalformedDesignError(
            where, [Fault(error.message, error.line, error.column, "", error.fix)]
        ) from None
    if not isinstance(document.data, dict):
        fault = Fault("a design is a mapping of sections", fix="start it with: version: 1")
        raise MalformedDesignError(where, [fault])
    version = document.data.get("version", DESIGN_VERSION)
    if isinstance(version, int) and version > DESIGN_VERSION:
        raise NewerDesignError(
            f"the design is of version {version}, and this pipewizard reads version {DESIGN_VERSION}",
            where=where,
            fix="upgrade pipewizard; the file was left as it is",
        )
    if isinstance(version, int) and version < 1:
        line, column = document.locate(("version",))
        raise MalformedDesignError(
            where, [Fault("there is no such version", line, column, "version", "write 1")]
        )
    try:
        return PipelineDesign.model_validate(document.data)
    except ValidationError as error:
        raise MalformedDesignError(where, _faults(error, document)) from None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DesignError("there is no such file", where=str(path), fix="check the path") from None
    except IsADirectoryError:
        raise DesignError(
            "is a folder, not a file", where=str(path), fix="name the YAML file in it"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DesignError(
            f"cannot be read: {reason}", where=str(path), fix="check the path and its rights"
        ) from None
    if len(data) > MAX_BYTES:
        raise DesignError(
            f"is larger than {MAX_BYTES // 2**20} MB", where=str(path), fix="this is hardly a design file"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        fault = Fault("is not UTF-8 text", line, column, fix="save the file as UTF-8")
        raise MalformedDesignError(str(path), [fault]) from None


def _beside(design: Path, name: str) -> Path | None:
    """Find a file named by a design beside it, or in the project whose config folder holds the design."""
    if "\0" in name or Path(name).is_absolute() or ".." in Path(name).parts:
        return None
    folders = [design.parent, design.parent.parent] if design.parent.name == "config" else [design.parent]
    return next((found for folder in folders if (found := folder / name).is_file()), None)


def _faults(error: ValidationError, document: Document) -> list[Fault]:
    """One fault per key: the branches of a union and their errors are told as one."""
    by_path: dict[tuple[str | int, ...], list[Any]] = {}
    for item in error.errors(include_url=False, include_context=True):
        by_path.setdefault(_real_path(item, document), []).append(item)
    faults = []
    for path, items in by_path.items():
        line, column = document.locate(path)
        message, fix = _explain(path, items)
        faults.append(Fault(message, line, column, key_path(path), fix))
    return sorted(faults, key=lambda fault: (fault.line, fault.column))


def _real_path(item: Any, document: Document) -> tuple[str | int, ...]:
    """Cut from pydantic's location what is no key of the file: the names of union branches."""
    path: tuple[str | int, ...] = ()
    value = document.data
    for step in item["loc"]:
        in_list = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if in_list or (isinstance(value, dict) and step in value):
            value = value[step]
        else:
            break
        path = (*path, step)
    return path


def key_path(path: tuple[str | int, ...]) -> str:
    """Return a path as people write it: ``sources[0].tables[1].primary_key``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f"{'.' if text else ''}{shown(step)}"
    return text


def _explain(path: tuple[str | int, ...], items: list[Any]) -> tuple[str, str]:
    kinds = [item["type"] for item in items]
    if "extra_forbidden" in kinds:
        name = str(path[-1])
        return "there is no such key", did_you_mean(name, known_keys(path[:-1]), limit=20)
    if kinds == ["missing"]:
        return f"the key {items[0]['loc'][-1]} is missing", "add it"
    choices = next((item for item in items if item["type"] == "literal_error"), None)
    if choices is not None and len(items) == 1:
        allowed = re.findall(r"'([^']*)'", choices["ctx"]["expected"])
        value = choices["input"]
        if not isinstance(value, str):
            return f"expected one of {', '.join(allowed)}, got {_value(value)}", ""
        match = nearest(value, allowed)
        if match and match != value:
            return f"{_value(value)} is not one of {', '.join(allowed)}", f"did you mean {match}?"
        return f"{_value(value)} is not one of {', '.join(allowed)}", ""
    if kinds == ["value_error"] or kinds == ["assertion_error"]:
        return str(items[0]["ctx"]["error"]), ""
    expected = _distinct(
        _EXPECTED.get(item["type"], item["msg"][:1].lower() + item["msg"][1:]) for item in items
    )
    if any(kind in _EXPECTED for kind in kinds):
        value = items[0]["input"]
        fix = ""
        if "text" in expected and isinstance(value, int | float) and not isinstance(value, bool):
            fix = "put the value in quotes"
        return f"expected {' or '.join(expected)}, got {_value(value)}", fix
    return "; ".join(expected).removeprefix("input ") + f", got {_value(items[0]['input'])}", ""


def _distinct(words: Any) -> list[str]:
    return list(dict.fromkeys(words))


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return f'"{shown(value)}"'
    return shown(str(value))


def known_keys(path: tuple[str | int, ...]) -> list[str]:
    """Return the keys a design knows at a path, as ``("sources", 0, "tables", 1)``."""
    model: type[BaseModel] | None = PipelineDesign
    for step in path:
        if isinstance(step, int):
            continue
        if model is None:
            return []
        model = next(
            (_model_in(info.annotation) for name, info in _by_key(model).items() if name == step), None
        )
    return list(_by_key(model)) if model is not None else []


def _by_key(model: type[BaseModel]) -> dict[str, Any]:
    return {info.serialization_alias or name: info for name, info in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
