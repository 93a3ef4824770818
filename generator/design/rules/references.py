"""``${ENV_NAME}`` references in connection values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..problem import Problem, error

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def is_reference(value: object) -> bool:
    """Tell whether a value is one whole ``${ENV_NAME}``."""
    return isinstance(value, str) and REFERENCE.fullmatch(value) is not None


def reference_problems(path: str, value: object) -> Iterator[Problem]:
    """Yield a problem where a ``${`` in a value is never closed or names no variable."""
    if isinstance(value, str) and "${" in REFERENCE.sub("", value):
        yield error(path, "a ${ names no environment variable", "write it as ${NAME}: letters, digits and _")
