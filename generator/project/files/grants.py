"""``sql/grants/``: the least privileges a PostgreSQL role needs to be read from or written to."""

from __future__ import annotations

from functools import partial

from generator.checks.dialects import identifier
from generator.design.models import Source

from ..encoders import sql_comment
from ..names import file_stem
from ..planned import PlannedFile, written
from ..view import ProjectView


def grant_files(view: ProjectView) -> list[PlannedFile]:
    """Return one script per PostgreSQL the pipeline reads from or writes to."""
    files = [
        written(f"sql/grants/{file_stem(source.name)}.sql", "grants", partial(_reading, view, source))
        for source in view.design.sources
        if source.type == "postgres"
    ]
    if view.design.destination.type == "postgres":
        name = file_stem(view.design.destination.name)
        files.append(written(f"sql/grants/{name}.sql", "grants", lambda: _writing(view)))
    return files


def _reading(view: ProjectView, source: Source) -> str:
    role = identifier(f"{view.name}_reader")
    schemas = sorted({table.namespace or "public" for table in source.tables})
    lines = [
        sql_comment(f"What {view.name} needs to read from {source.name}. Run as an administrator, once."),
        f"-- The role {view.name}_reader is a group: grant it to the user the pipeline connects as.",
        f"CREATE ROLE {role} NOLOGIN;",
        *(f"GRANT USAGE ON SCHEMA {identifier(schema)} TO {role};" for schema in schemas),
    ]
    for table in source.tables:
        name = f"{identifier(table.namespace or 'public')}.{identifier(table.table)}"
        columns = (
            "" if table.columns == "*" else f" ({', '.join(identifier(column) for column in table.columns)})"
        )
        lines.append(f"GRANT SELECT{columns} ON TABLE {name} TO {role};")
    return "\n".join(lines) + "\n"


def _writing(view: ProjectView) -> str:
    role = identifier(f"{view.name}_writer")
    chosen = view.design.destination
    schemas = [chosen.dataset, *([chosen.staging_schema] if view.elt else []), f"_{view.name}"]
    return (
        "\n".join(
            [
                sql_comment(
                    f"What {view.name} needs to write to {chosen.name}. Run as an administrator, once."
                ),
                f"-- The role {view.name}_writer is a group: grant it to the user the pipeline connects as.",
                f"CREATE ROLE {role} NOLOGIN;",
                *(
                    f"CREATE SCHEMA IF NOT EXISTS {identifier(view.fit(schema))} AUTHORIZATION {role};"
                    for schema in schemas
                ),
            ]
        )
        + "\n"
    )
