"""Drivers load when first used; a missing one is a message with the command that installs it."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from generator.errors import ProbeError


def driver(module: str, *, title: str, extra: str) -> ModuleType:
    """Import a driver.

    Args:
        module: What to import, as ``psycopg``.
        title: The system, for the message.
        extra: The pipewizard extra that installs it.

    Raises:
        ProbeError: kind ``missing_driver``, when it (or something it needs) is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ProbeError(
            f"the driver for {title} does not load ({error})",
            kind="missing_driver",
            fix=f"install it: pip install 'pipewizard[{extra}]' (with uv: uv add 'pipewizard[{extra}]')",
        ) from error
