"""Environment variables: ``.env`` in the project's home, ``${NAME}`` references, secrets mounted as files."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from .retry import ConfigurationError

Scalar: TypeAlias = str | int | float | bool | None
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")


def find_home(marker: Path) -> Path:
    """Return the project's root: ``PIPELINE_HOME``, else the folder above this package, else where we stand.

    Args:
        marker: A file, relative to the root, that the folder above the package must hold to count.
    """
    if configured := os.environ.get("PIPELINE_HOME"):
        return Path(configured)
    above = Path(__file__).resolve().parents[2]
    return above if (above / marker).is_file() else Path.cwd()


def read_environment(home: Path) -> dict[str, str]:
    """Return the variables of ``.env`` in ``home``, overridden by the process environment."""
    variables: dict[str, str] = {}
    file = home / ".env"
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            match = _LINE.fullmatch(line)
            if match and not line.lstrip().startswith("#"):
                variables[match[1]] = _unquoted(match[2])
    return {**variables, **os.environ}


def references(value: Scalar) -> list[str]:
    """Return the names a value refers to as ``${NAME}``."""
    return _REFERENCE.findall(value) if isinstance(value, str) else []


def lookup(name: str, environment: Mapping[str, str]) -> str | None:
    """Return a variable, else the content of the file that ``NAME_FILE`` names, else None."""
    if name in environment:
        return environment[name]
    if mounted := environment.get(f"{name}_FILE"):
        try:
            return Path(mounted).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise ConfigurationError(
                f"{name}_FILE names a file that cannot be read: {error.strerror}"
            ) from None
    return None


def expand(
    values: Mapping[str, Scalar], environment: Mapping[str, str], *, where: str = ""
) -> dict[str, Scalar]:
    """Return the values with every ``${NAME}`` replaced.

    Raises:
        ConfigurationError: names every variable that is missing, at once.
    """
    names = [name for value in values.values() for name in references(value)]
    found = {name: lookup(name, environment) for name in names}
    if missing := sorted(name for name, text in found.items() if text is None):
        raise ConfigurationError(
            f"{f'{where}: ' if where else ''}environment variables are not set: {', '.join(missing)}; "
            "set them, put them in .env, or set NAME_FILE to a mounted secret"
        )
    return {key: _substituted(value, found) for key, value in values.items()}


def _substituted(value: Scalar, found: Mapping[str, str | None]) -> Scalar:
    if not isinstance(value, str):
        return value
    return _REFERENCE.sub(lambda match: found[match[1]] or "", value)


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text.partition(" #")[0].rstrip()
