"""``src/``: the runtime's modules that the design uses, and the thin ones that name its parts."""

from __future__ import annotations

from functools import partial

from ..planned import PlannedFile, copied, templated, written
from ..view import Part, ProjectView
from .module_graph import closure, modules, own_modules

_CHOSEN_FOLDERS = ("src/engines/", "src/extractors/", "src/loaders/", "src/transformers/")
"""Folders whose modules are there only where something needs them; all others ship with every project."""


def source_files(view: ProjectView) -> list[PlannedFile]:
    """Return the files of ``src/``: copied modules, thin modules, and the Python of transforms."""
    wanted = [copied(path, path) for path in sorted(closure(_roots(view)))]
    thin = [
        *(_thin(view, part, "extractor", "source") for part in view.sources),
        *(_thin(view, part, "transformer", "transformation") for part in view.transformations),
        _thin(view, view.destination, "loader", "destination"),
    ]
    own = [
        written(own_code_path(item.name), "sources", partial(str, item.code or ""))
        for item in view.python_transforms
    ]
    return wanted + thin + own


def own_code_path(transformation: str) -> str:
    """Return where the Python a user wrote for a transformation goes."""
    return f"src/transformers/{transformation}.py"


def _roots(view: ProjectView) -> set[str]:
    """Return the modules a design needs by itself; what they import comes with them."""
    known = modules()
    roots = {
        path
        for path in own_modules()
        if not path.startswith(_CHOSEN_FOLDERS) or path.endswith("/__init__.py")
    }
    roots |= {f"src/extractors/{kind}.py" for kind in view.source_types}
    roots |= {f"src/transformers/{item.type}_transformer.py" for item in view.design.transformations}
    roots.add(f"src/loaders/{view.design.destination.type}.py")
    for system in view.source_connectors.values():
        roots |= set(system.templates.source)
    return (roots | set(view.destination_connector.templates.destination)) & set(known)


def _thin(view: ProjectView, part: Part, kind: str, role: str) -> PlannedFile:
    folder = f"src/{kind}s"
    return templated(
        f"{folder}/{part.module}.py",
        f"{folder}/{part.type}_{kind}.py.j2",
        pipeline=view.name,
        **{role: part},
    )
