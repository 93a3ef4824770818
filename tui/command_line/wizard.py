"""`pipewizard`: the full-screen wizard."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .output import Output, usage

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign


def run(options: argparse.Namespace, output: Output) -> int:
    """Start the wizard."""
    require_terminal("pipewizard generate DESIGN.yaml -o DIR")
    if output.as_json:
        usage("--json needs a command", "see pipewizard -h")
    return open_wizard()


def open_wizard(design: PipelineDesign | None = None, project_dir: Path | None = None) -> int:
    """Run the wizard to its end and return its exit code."""
    from tui.app import PipewizardApp

    app = PipewizardApp(design=design, project_dir=project_dir)
    app.run()
    return app.return_code or 0


def require_terminal(headless: str) -> None:
    """Refuse to draw where nobody can see it.

    Args:
        headless: The command that does the same without a screen.

    Raises:
        UsageError: input or output is no terminal, or TERM is dumb.
    """
    if os.environ.get("TERM") == "dumb":
        usage("the wizard needs a terminal that can draw, and TERM is dumb", f"without one, use: {headless}")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        usage("the wizard needs a terminal", f"without one, use: {headless}")
