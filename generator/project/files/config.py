"""``config/``: the resolved design, an example of every connection setting, the environment file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.connectors.base import Connector, Role
from generator.design.fork import fork
from generator.design.models import PipelineDesign, Scalar
from generator.design.yaml_io import dump_design

from ..encoders import env_value, one_line
from ..planned import PlannedFile, written
from ..serialize import yaml_text
from ..view import ProjectView
from .variables import Variable, variables

CONFIG = "config/pipeline_config.yaml"


def config_files(view: ProjectView, config: str) -> list[PlannedFile]:
    """Return the files of ``config/`` but the contracts; ``config`` is what `config_text` gave."""
    return [
        written(CONFIG, "config", lambda: config),
        written("config/connections.yaml.example", "config", lambda: _connections(view)),
        written("config/.env.example", "config", lambda: _environment(variables(view))),
    ]


def config_text(view: ProjectView) -> str:
    """Return the configuration that the pipeline runs by: the resolved design."""
    header = (
        f"# {view.name}: everything this pipeline runs by, with every choice made explicit.\n"
        "# Values of connections may be ${NAME} references to environment variables; secrets always are.\n"
    )
    return header + dump_design(_with_files(view.design), explicit=True)


def _with_files(design: PipelineDesign) -> PipelineDesign:
    """Return the design with queries and Python code named by file, where the project keeps them."""
    moved = fork(design)
    for item in moved.transformations:
        if item.type == "sql":
            item.sql_file = f"sql/transformations/{item.name}.sql"
        item.sql = item.code = None
    return moved


def _connections(view: ProjectView) -> str:
    """Return every setting each connection takes: what is configured, and the defaults that could be."""
    document: dict[str, Any] = {"sources": {}, "destination": {}}
    for source in view.design.sources:
        document["sources"][source.name] = _connection(
            source.type, source.connection, view.source_connectors[source.name], "source"
        )
    chosen = view.design.destination
    document["destination"][chosen.name] = _connection(
        chosen.type, chosen.connection, view.destination_connector, "destination"
    )
    header = [
        "Every setting the connections of this pipeline take: those configured, then defaults.",
        "To change one, write it under `connection` in pipeline_config.yaml; secrets only as ${NAME}.",
    ]
    return yaml_text(document, header=header)


def _connection(kind: str, connection: Mapping[str, Scalar], system: Connector, role: Role) -> dict[str, Any]:
    settings: dict[str, Any] = {"type": kind, "configured": dict(connection), "further_settings": {}}
    for name in system.Settings.names(role):
        field = system.Settings.model_fields[name]
        if name not in connection:
            default = None if field.is_required() else field.get_default(call_default_factory=True)
            if default is None or isinstance(default, str | int | float | bool):
                settings["further_settings"][name] = {
                    "default": default,
                    "meaning": str(system.Settings.hint(name).get("help") or field.title or name),
                }
    return settings


def _environment(items: list[Variable]) -> str:
    """Return the example of ``.env``: required variables first, optional ones commented out."""
    lines = [
        "# Copy to .env in the project's root and fill in. Each NAME may instead be given as NAME_FILE,",
        "# the path of a file that holds the value (a mounted secret).",
    ]
    for item in items:
        purpose = (
            one_line(item.purpose)
            + (" (secret)" if item.secret else "")
            + ("" if item.required else " (optional)")
        )
        advice = [f"# {item.advice}"] if item.advice else []
        lines += [
            "",
            f"# {purpose}",
            *advice,
            f"{'' if item.required else '# '}{item.name}={env_value(item.example)}",
        ]
    return "\n".join(lines) + "\n"
