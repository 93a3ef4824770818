"""``src/``: the runtime's modules that the design uses, and the thin ones that name its parts."""

from __future__ import annotations

import functools
from functools import partial
from pathlib import PurePosixPath

from generator.connectors.registry import all_connectors

from ..planned import PlannedFile, copied, templated, written
from ..render import templates_folder
from ..view import Part, ProjectView

_ALWAYS = {"src/engines/duckdb_engine.py"}
"""Named after a connector but part of every project: DuckDB is the embedded engine."""


def source_files(view: ProjectView) -> list[PlannedFile]:
    """Return the files of ``src/``: copied modules, thin modules, and the Python of transforms."""
    wanted = [copied(path, path) for path in _modules() if _used(view, path)]
    thin = [
        *(_thin(view, part, "extractors", part.type, "source") for part in view.sources),
        *(_thin(view, part, "transformers", part.type, "transformation") for part in view.transformations),
        _thin(view, view.destination, "loaders", view.destination.type, "destination"),
    ]
    own = [
        written(own_code_path(item.name), "sources", partial(str, item.code or ""))
        for item in view.python_transforms
    ]
    return wanted + thin + own


def own_code_path(transformation: str) -> str:
    """Return where the Python a user wrote for a transformation goes."""
    return f"src/transformers/{transformation}.py"


@functools.cache
def _modules() -> tuple[str, ...]:
    """Return every file under ``templates/src`` that is copied as it is."""
    root = templates_folder()
    found = (path.relative_to(root) for path in (root / "src").rglob("*"))
    return tuple(
        sorted(
            path.as_posix()
            for path in found
            if path.suffix in (".py", ".typed") and "__pycache__" not in path.parts
        )
    )


def _used(view: ProjectView, path: str) -> bool:
    """Tell whether a design needs a module: a connector's own only if that is used."""
    sources, destination = set(view.source_types), str(view.design.destination.type)
    if path in _ALWAYS:
        return True
    if path in (owners := _owners()):
        return any(
            (role == "source" and owner in sources) or (role == "destination" and owner == destination)
            for owner, role in owners[path]
        )
    return path != "src/transformers/python_transformer.py" or bool(view.python_transforms)


@functools.cache
def _owners() -> dict[str, set[tuple[str, str]]]:
    """Return, by path, the connectors and roles a module belongs to, where it belongs to any."""
    owners: dict[str, set[tuple[str, str]]] = {}
    for system in all_connectors():
        declared = [("source", path) for path in system.templates.source]
        declared += [("destination", path) for path in system.templates.destination]
        declared += [
            ("source", f"src/extractors/{system.id}.py"),
            ("destination", f"src/loaders/{system.id}.py"),
        ]
        declared += [(role, f"src/engines/{system.id}_engine.py") for role in ("source", "destination")]
        for role, path in declared:
            owners.setdefault(path, set()).add((system.id, role))
    return owners


def _thin(view: ProjectView, part: Part, folder: str, kind: str, role: str) -> PlannedFile:
    suffix = str(PurePosixPath(folder).name).removesuffix("s")
    return templated(
        f"src/{folder}/{part.module}.py",
        f"src/{folder}/{kind}_{suffix}.py.j2",
        pipeline=view.name,
        **{role: part},
    )
