"""Finding the class for a configured part, in a module that is loaded only when the part is used."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TypeVar

from .retry import ConfigurationError

T = TypeVar("T")


def concrete_class(package: str, modules: Sequence[str], base: type[T]) -> type[T]:
    """Return the class derived from ``base`` that the first of the modules that exists defines.

    Raises:
        ConfigurationError: no module exists, or it defines no such class.
    """
    for name in modules:
        if name.isidentifier() and find_spec(f"{package}.{name}") is not None:
            module = import_module(f"{package}.{name}")
            for found in vars(module).values():
                if inspect.isclass(found) and found.__module__ == module.__name__ and issubclass(found, base):
                    return found
            raise ConfigurationError(f"{package}.{name} defines no {base.__name__}")
    raise ConfigurationError(f"{package} has no module {' or '.join(modules)}")
