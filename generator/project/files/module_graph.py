"""Which modules of the runtime need which: read from their imports, those for type checkers included."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from generator.connectors.registry import template_folders
from generator.design.python_source import parse_python

from ..render import copy_bytes, templates_folder


@functools.cache
def modules() -> tuple[str, ...]:
    """Return every file of the runtime that is copied as it is, sorted: our own and those other packages bring."""
    return tuple(sorted({*own_modules(), *(path for root in template_folders() for path in _below(root))}))


@functools.cache
def own_modules() -> tuple[str, ...]:
    """Return the files among `modules` that are pipewizard's own, sorted."""
    return _below(templates_folder())


def _below(root: Path) -> tuple[str, ...]:
    found = (path.relative_to(root) for path in (root / "src").rglob("*"))
    return tuple(
        sorted(
            path.as_posix()
            for path in found
            if path.suffix in (".py", ".typed") and "__pycache__" not in path.parts
        )
    )


def closure(roots: Iterable[str]) -> set[str]:
    """Return the modules and everything they import, directly or not."""
    found: set[str] = set()
    waiting = set(roots)
    while waiting:
        path = waiting.pop()
        found.add(path)
        waiting |= inside(path) - found
    return found


@functools.cache
def inside(path: str) -> frozenset[str]:
    """Return the runtime's own modules that a module imports."""
    known = set(modules())
    found = set()
    for node in _imports(path):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = PurePosixPath(path).parents[node.level - 1]
            target = base.joinpath(*(node.module or "").split(".")) if node.module else base
            names = [target, *(target / alias.name for alias in node.names)]
            found |= {
                file for name in names for file in (f"{name}.py", f"{name}/__init__.py") if file in known
            }
    return frozenset(found)


@functools.cache
def outside(path: str) -> frozenset[str]:
    """Return the top-level names a module imports from outside the runtime when it runs.

    What only a type checker looks at need not be installed: a heavy library would be, for nothing.
    """
    found: set[str] = set()
    for node in _imports(path):
        if node in _only_for_types(path):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


@functools.cache
def _imports(path: str) -> tuple[ast.Import | ast.ImportFrom, ...]:
    if not path.endswith(".py"):
        return ()
    nodes = ast.walk(_tree(path))
    return tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


@functools.cache
def _only_for_types(path: str) -> frozenset[ast.AST]:
    """Return the nodes below ``if TYPE_CHECKING:``."""
    blocks = (
        node
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    )
    return frozenset(below for block in blocks for item in block.body for below in ast.walk(item))


@functools.cache
def _tree(path: str) -> ast.Module:
    return parse_python(copy_bytes(path))
