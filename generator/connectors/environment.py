"""``${NAME}`` references in a connection: found, and replaced by values from the environment or mounted
files.

A value comes from the variable ``NAME``, or, where that is unset, from the file whose path is in
``NAME_FILE``
(the form container platforms mount secrets in).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from generator.design.expected import EXPECTED
from generator.errors import ProbeError

if TYPE_CHECKING:
    from .base import ConnectorSettings

SettingsType = TypeVar("SettingsType", bound="ConnectorSettings")

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def env_references(connection: Mapping[str, Any]) -> list[str]:
    """Return the names of all variables a connection refers to, in order, each once."""
    found = (
        name for value in connection.values() if isinstance(value, str) for name in REFERENCE.findall(value)
    )
    return list(dict.fromkeys(found))


def is_reference(value: object) -> bool:
    """Tell whether a value is one ``${NAME}`` reference and nothing else."""
    return isinstance(value, str) and REFERENCE.fullmatch(value) is not None


def resolve(connection: Mapping[str, Any], env: Mapping[str, str], *, where: str = "") -> dict[str, Any]:
    """Return the connection with every reference replaced.

    Raises:
        ProbeError: kind ``missing_settings``; names all variables that are not set, or a secret file that
        cannot be read.
    """
    values = {name: _value(name, env, where) for name in env_references(connection)}
    if missing := [name for name, value in values.items() if value is None]:
        plural = "s" if len(missing) > 1 else ""
        raise ProbeError(
            f"environment variable{plural} {', '.join(missing)} {'are' if plural else 'is'} not set",
            kind="missing_settings",
            where=where,
            fix=f"set {missing[0]}, or {missing[0]}_FILE to the path of a file that holds the value",
        )
    return {
        key: REFERENCE.sub(lambda match: values[match[1]] or "", value) if isinstance(value, str) else value
        for key, value in connection.items()
    }


def expand(
    settings: type[SettingsType], connection: Mapping[str, Any], env: Mapping[str, str], *, where: str = ""
) -> SettingsType:
    """Return validated settings from a design's connection and an environment.

    Args:
        settings: The connector's ``Settings`` class.
        connection: Literals and ``${NAME}`` references, as in the design.
        env: The environment, usually ``os.environ`` with what was typed into the wizard on top.
        where: What the connection belongs to, for the error, as ``sources[0].connection``.

    Raises:
        ProbeError: kind ``missing_settings``; variables that are not set (all at once), or fields that are
        missing,
            unknown or of the wrong type.
    """
    given = resolve(connection, env, where=where)
    try:
        return settings.model_validate(
            {key: value for key, value in given.items() if value not in (None, "")}
        )
    except ValidationError as error:
        # The values themselves stay out of the message: one of them may be a secret.
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {_sentence(fault)}" for fault in error.errors()
        )
    raise ProbeError(
        f"the connection is incomplete or wrong ({faults})",
        kind="missing_settings",
        where=where,
        fix=f"known fields are {', '.join(settings.model_fields)}",
    )


def is_set(name: str, env: Mapping[str, str]) -> bool:
    """Tell whether a variable has a value, by itself or through the file that ``NAME_FILE`` names."""
    return bool(env.get(name) or env.get(f"{name}_FILE"))


def _value(name: str, env: Mapping[str, str], where: str) -> str | None:
    if (value := env.get(name)) is not None:
        return value
    if not (path := env.get(f"{name}_FILE")):
        return None
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ProbeError(
            f"the file {path} named by {name}_FILE cannot be read: {reason}",
            kind="missing_settings",
            where=where,
            fix=f"mount the secret there, or set {name}",
        ) from None


def _sentence(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "missing":
        return "is required"
    if fault["type"] == "extra_forbidden":
        return "is no field of this connector"
    if expected := EXPECTED.get(fault["type"]):
        return f"must be {expected}"
    message: str = fault["msg"]
    return message[0].lower() + message[1:]
