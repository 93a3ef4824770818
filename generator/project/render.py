"""Templates to text: Jinja for files ending in ``.j2``, bytes as they are for all others."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from generator.connectors.registry import template_folders
from generator.errors import UserError

from .encoders import FILTERS, finalizer

_LANGUAGES = {
    ".py": "py", ".md": "md", ".yaml": "yaml", ".toml": "toml", ".sql": "sql", ".sh": "sh", ".example": "env",
    ".service": "unit", ".timer": "unit", ".crontab": "sh", ".txt": "env",
}  # fmt: skip
_LANGUAGES_BY_NAME = {"Makefile": "make", "Dockerfile": "docker"}


class RenderError(UserError):
    """A template or a generated file that is wrong: a bug in pipewizard, never in the design."""


@functools.cache
def templates_folder() -> Path:
    """Return the folder of pipewizard's own templates."""
    return Path(str(files("templates")))


def _folders() -> tuple[Path, ...]:
    """Return all folders of templates; what pipewizard has itself no other package replaces."""
    return (templates_folder(), *template_folders())


def template_language(template: str) -> str:
    """Return the language of a template, by the name it has without ``.j2``."""
    path = Path(template.removesuffix(".j2"))
    return _LANGUAGES_BY_NAME.get(path.name) or _LANGUAGES[path.suffix]


@functools.cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_folders()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
        autoescape=jinja2.select_autoescape((), default_for_string=False),
        finalize=finalizer(language),
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    return environment


def render_template(template: str, context: Mapping[str, Any]) -> str:
    """Return the rendered text.

    Args:
        template: Path under ``templates/``, ending in ``.j2``.
        context: What it may print; user text must pass an encoder (see `encoders`).

    Raises:
        RenderError: the template is wrong; names the template and the line.
    """
    try:
        return _environment(template_language(template)).get_template(template).render(context)
    except (jinja2.TemplateError, TypeError, AttributeError, KeyError) as error:
        raise RenderError(
            f"the template cannot be rendered: {error}",
            where=f"templates/{template}{_line(error, template)}",
            fix="this is a bug in pipewizard: report it with the design",
        ) from error


def copy_bytes(template: str) -> bytes:
    """Return a file under ``templates/`` as it is.

    Raises:
        RenderError: there is none.
    """
    for folder in _folders():
        if (folder / template).is_file():
            return (folder / template).read_bytes()
    raise RenderError(
        "the template is missing", where=f"templates/{template}", fix="the connector it is for must bring it"
    )


def _line(error: BaseException, template: str) -> str:
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f":{error.lineno}"
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(template)
    ]
    return f":{frames[-1].lineno}" if frames else ""
