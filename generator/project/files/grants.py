"""``sql/grants/``: the least privileges a PostgreSQL role needs to be read from or written to."""

from __future__ import annotations

from functools import partial

from generator.checks.dialects import identifier, literal
from generator.design.models import Source

from ..encoders import sql_comment
from ..names import file_stem, fit
from ..planned import PlannedFile, written
from ..view import ProjectView, TableView


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
    role = fit(f"{view.name}_reader")
    quoted = identifier(role)
    schemas = sorted({table.namespace or "public" for table in source.tables})
    lines = [
        *_head(
            f"What {view.name} needs to read from {source.name}: to look at its tables, and no more.", role
        ),
        *_database("CONNECT", role),
        *(f"GRANT USAGE ON SCHEMA {identifier(schema)} TO {quoted};" for schema in schemas),
        *(_table(table, quoted) for table in view.tables if table.source is source),
    ]
    return "\n".join(lines) + "\n"


def _table(view: TableView, role: str) -> str:
    """Return the grant on one table.

    It is on the columns that are read, unless all are and new ones are to be taken up, too: then on the table.
    """
    table = view.table
    name = f"{identifier(table.namespace or 'public')}.{identifier(table.table)}"
    read = [column.name for column in view.landed]
    everything = len(read) == len(table.columns_probed)
    if everything and table.contract is not None and table.contract.new_column == "evolve":
        return f"GRANT SELECT ON TABLE {name} TO {role};"
    return f"GRANT SELECT ({', '.join(map(identifier, read))}) ON TABLE {name} TO {role};"


def _writing(view: ProjectView) -> str:
    role = fit(f"{view.name}_writer")
    quoted = identifier(role)
    chosen = view.design.destination
    schemas = [chosen.dataset, *([chosen.staging_schema] if view.elt else []), f"_{view.name}"]
    lines = [
        *_head(
            f"What {view.name} needs to write to {chosen.name}: tables of its own in schemas that are not its own,"
            " so that it can drop neither these nor anybody else's tables.",
            role,
        ),
        *_database("CONNECT, TEMPORARY", role),
    ]
    for schema in dict.fromkeys(identifier(fit(schema)) for schema in schemas):
        lines += [
            f"CREATE SCHEMA IF NOT EXISTS {schema};",
            f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {quoted};",
        ]
    return "\n".join(lines) + "\n"


def _head(purpose: str, role: str) -> list[str]:
    """Return what the script is for, and the statements that make the role unless it is there."""
    return [
        sql_comment(purpose),
        "-- Run it in that database as its owner, who must be allowed to create roles; again after the design changed.",
        sql_comment(
            f"The role {role} is a group that cannot log in: grant it to the user the pipeline connects as."
        ),
        "DO $$ BEGIN",
        f"  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal(role)}) THEN",
        f"    CREATE ROLE {identifier(role)} NOLOGIN;",
        "  END IF;",
        "END $$;",
    ]


def _database(privileges: str, role: str) -> list[str]:
    """Return the grant on the database the script is run in, by whatever name."""
    return [
        "DO $$ BEGIN",
        f"  EXECUTE format('GRANT {privileges} ON DATABASE %I TO %I', current_database(), {literal(role)});",
        "END $$;",
    ]
