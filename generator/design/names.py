"""Which names can become a folder, a Python package, a class, a SQL table."""

from __future__ import annotations

import keyword
import re
import sys

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]*")
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)
}
_RUNTIME_PACKAGES = {
    "adbc_driver_manager", "adbc_driver_postgresql", "airflow", "dagster", "dbt", "duckdb", "jinja2", "mypy",
    "numpy", "pandas", "pip", "polars", "prefect", "prometheus_client", "psycopg", "pyarrow", "pyspark",
    "pytest", "requests", "ruff", "setuptools", "sqlalchemy", "sqlglot", "structlog", "tzdata", "uv",
    "wheel", "yaml",
}  # fmt: skip
_PROJECT_FOLDERS = {
    "build", "config", "dist", "docker", "docs", "monitoring", "orchestration", "sql", "src",
    "templates", "test", "tests",
}  # fmt: skip
_STATE_SUFFIXES = ("__incoming", "__rejected", "__outdated", "__output", "__changes", "__tombstones")
_STATE_TABLES = {"__area", "__extractions", "__accepted", "__owners"}
MAX_PIPELINE_NAME = 50
"""The destination's state schema is the name with a prefix, and PostgreSQL cuts identifiers at 63 bytes."""
MAX_PART_NAME = 60


def package_name_fault(name: str) -> tuple[str, str] | None:
    """Say what keeps a name from being the pipeline's folder and Python package: (message, fix), or None."""
    if fault := part_name_fault(name, longest=MAX_PIPELINE_NAME):
        return fault
    if name in sys.stdlib_module_names or name in _RUNTIME_PACKAGES:
        return f"{name} is the name of a Python package and would hide it", f"use {name}_pipeline"
    if name in _PROJECT_FOLDERS:
        return f"{name} is the name of a folder of the project", f"use {name}_pipeline"
    return None


def part_name_fault(name: str, *, longest: int = MAX_PART_NAME) -> tuple[str, str] | None:
    """Say what keeps a name from naming a source, destination or transformation: (message, fix), or None."""
    if not name:
        return "the name is missing", "give one in snake_case"
    if not _SNAKE_CASE.fullmatch(name):
        fitting = snake_case(name)
        return (
            f"{_quoted(name)} is not snake_case (a-z, 0-9 and _, a letter first)",
            f"use {fitting}" if fitting else "",
        )
    if len(name) > longest:
        return f"the name has {len(name)} characters, more than {longest}", "shorten it"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return f"{name} is a word of the Python language", f"use {name}_data"
    if name in _WINDOWS_DEVICES:
        return f"{name} cannot be a file name on Windows", f"use {name}_data"
    if name == "base":
        return "base is the name of the base class's file", "use another name"
    return None


def table_name_fault(name: str) -> tuple[str, str] | None:
    """Say what keeps a name from being a table's or column's: any text but control characters will do."""
    if not name:
        return "the name is missing", "give one"
    if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in name):
        return f"{_quoted(name)} holds a control character", "remove it"
    if name != name.strip():
        return f"{_quoted(name)} begins or ends with a blank", "remove the blank"
    return None


def staging_name_fault(name: str) -> tuple[str, str] | None:
    """As `table_name_fault`, for a table the pipeline itself makes: its own suffixes are taken."""
    if fault := table_name_fault(name):
        return fault
    if suffix := next((end for end in _STATE_SUFFIXES if name.lower().endswith(end)), None):
        return f"{name} ends with {suffix}, which the pipeline's own tables use", "use another alias"
    if name.lower() in _STATE_TABLES:
        return f"{name} is one of the pipeline's own tables", "use another alias"
    return None


def snake_case(text: str) -> str:
    """Return the nearest valid name, or an empty string where nothing is left of the text."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text[:200])
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_").lstrip("0123456789_")[:MAX_PIPELINE_NAME]


def _quoted(name: str) -> str:
    return repr(name) if len(name) <= 60 else repr(name[:57]) + "..."
