"""Checking a design's connection against the fields its connector declares, before anything is connected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from generator.design.expected import EXPECTED
from generator.design.models import Scalar
from generator.design.nearest import did_you_mean
from generator.design.problem import Problem, error, warning

from .base import Connector, Role
from .environment import env_references, is_reference


def connection_problems(
    path: str, owner: str, connection: Mapping[str, Scalar], system: Connector, role: Role
) -> Iterator[Problem]:
    """Yield missing, unknown and wrong-typed fields, secrets that are written out, and sources nobody will find.

    Args:
        path: Of the connection in the design.
        owner: Name of the source or destination, for the environment variable suggested.
        connection: Literals and ``${NAME}`` references.
        system: The connector it is for.
        role: What the connector is used as.
    """
    settings = system.Settings
    known = settings.names(role)
    given = {name: value for name, value in connection.items() if value not in (None, "")}
    for name in connection:
        if name not in settings.model_fields:
            yield error(f"{path}.{name}", f"{system.title} has no setting {name}", did_you_mean(name, known))
        elif name not in known:
            other = settings.hint(name)["role"]
            yield error(f"{path}.{name}", f"{name} is a setting of a {other}, not of a {role}", "remove it")
    for name in settings.secrets() & given.keys():
        if not is_reference(given[name]):
            fix = f"write ${{{system.env_name(owner, name)}}} and set that environment variable"
            yield error(f"{path}.{name}", f"the {name} is written out in the design", fix)
    yield from _faults(path, owner, given, system)
    for contradiction in settings.contradictions(given, role):
        yield error(f"{path}.{contradiction.field}", contradiction.message, contradiction.fix)
    if role == "source":
        yield from _relative(path, given, system)


def _relative(path: str, given: Mapping[str, Scalar], system: Connector) -> Iterator[Problem]:
    """Name relative paths: a probe starts from the current folder, a generated project from its own."""
    paths = [name for name in system.Settings.model_fields if system.Settings.hint(name).get("path")]
    for name in paths:
        value = given.get(name)
        if isinstance(value, str) and not _refers(value) and not PurePath(value).is_absolute():
            cause = f"the project will look for {value} in its own folder, wherever the file is now"
            yield warning(f"{path}.{name}", cause, "give the whole path")


def _faults(path: str, owner: str, given: Mapping[str, Scalar], system: Connector) -> Iterator[Problem]:
    settings = system.Settings
    literals = {
        name: value for name, value in given.items() if name in settings.model_fields and not _refers(value)
    }
    try:
        settings.model_validate(literals)
    except ValidationError as fault:
        for part in fault.errors(include_url=False, include_input=False):
            name = str(part["loc"][0]) if part["loc"] else ""
            if part["type"] != "missing":
                yield error(f"{path}.{name}" if name else path, _sentence(name, part), _example(system, name))
            elif name not in given:
                title = settings.model_fields[name].title or name
                fix = (
                    f"give it, or write ${{{system.env_name(owner, name)}}} and set that environment variable"
                )
                yield error(f"{path}.{name}", f"{title} is missing", fix)


def _sentence(name: str, part: Mapping[str, Any]) -> str:
    if expected := EXPECTED.get(str(part["type"])):
        return f"{name} must be {expected}"
    message = str(part["msg"])
    return f"{name}: {message[:1].lower()}{message[1:]}"


def _example(system: Connector, name: str) -> str:
    example = system.Settings.hint(name).get("example") if name in system.Settings.model_fields else ""
    return f"write it like {example}" if example else ""


def _refers(value: object) -> bool:
    return isinstance(value, str) and bool(env_references({"": value}))
