"""`pipewizard demo`: a shop database, a finished design, and a project that runs."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.errors import UserError, WriteError

from .output import FAILED, OK, Output
from .run_view import RunView
from .wizard import open_wizard, require_terminal

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign

DEFAULT_FOLDER = "pipewizard-demo"
_MARKER = ".pipewizard-demo"
"""Tells a folder the demo made from any other."""


def run(options: argparse.Namespace, output: Output) -> int:
    """Open the wizard on the demo, or with --yes generate and run it."""
    if not (options.yes or output.as_json):
        require_terminal("pipewizard demo DIR --yes")
    from generator.demo import demo_design
    from generator.demo.design import shop_file, warehouse_file

    folder = _prepare(Path(options.folder or DEFAULT_FOLDER), output)
    design = demo_design(folder)
    project = folder / design.pipeline.name
    environment = _environment(folder)
    if not (options.yes or output.as_json):
        os.environ.update({name: value for name, value in environment.items() if name not in os.environ})
        code = open_wizard(design, project)
        _keep_environment(folder, project)
        return code
    from generator.project.generate import generate

    uv = _uv()
    written = generate(design, project)
    output.note(f"wrote {len(written.files)} files to {project}")
    _keep_environment(folder, project)
    output.note(f"running {design.pipeline.name} (the first time, uv installs what it needs)")
    if code := _first_run(uv, project, design.pipeline.name, output):
        fix = f"see the lines above, then: cd {project} && uv run python -m {design.pipeline.name} doctor"
        raise UserError(f"the demo's first run failed with exit code {code}", fix=fix)
    tables = _published(warehouse_file(folder), design)
    output.json(
        {
            "project": str(project),
            "source": str(shop_file(folder)),
            "destination": str(warehouse_file(folder)),
            "tables": [{"table": name, "rows": rows} for name, rows in tables],
            "status": _status(uv, project, design.pipeline.name) if output.as_json else None,
        }
    )
    output.result(f"loaded into {warehouse_file(folder)}:")
    output.table(["table", "rows"], [[name, f"{rows:,}"] for name, rows in tables])
    output.note(f"the project: {project}   its commands: cd {project} && make help")
    return OK if tables else FAILED


def _prepare(folder: Path, output: Output) -> Path:
    """Make the folder and the shop in it; a shop that is there already is kept."""
    from generator.demo import make_shop
    from generator.demo.design import shop_file

    folder = folder.expanduser().resolve()
    try:
        if folder.exists() and not folder.is_dir():
            raise WriteError("is a file, not a folder", where=str(folder), fix="choose a new folder")
        if folder.exists() and not (folder / _MARKER).exists() and any(folder.iterdir()):
            fix = "choose an empty or a new folder: pipewizard demo DIR"
            raise WriteError(
                "the folder is not empty and was not made by the demo", where=str(folder), fix=fix
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARKER).touch()
        if not shop_file(folder).exists():
            make_shop(shop_file(folder))
            output.note(f"made the shop database {shop_file(folder)}")
    except OSError as error:
        fix = "choose a folder you may write to"
        raise WriteError(
            f"cannot be written: {error.strerror or error}", where=str(folder), fix=fix
        ) from error
    return folder


def _environment(folder: Path) -> dict[str, str]:
    """Return the variables the demo's project needs: the same each time, the tokens' key above all."""
    from generator.demo import write_environment

    try:
        file = write_environment(folder, folder)
        words = shlex.split(file.read_text(encoding="utf-8"), comments=True)
    except OSError as error:
        raise WriteError(
            f"cannot be written: {error.strerror or error}", where=str(folder / ".env")
        ) from error
    return dict(word.split("=", 1) for word in words if "=" in word)


def _keep_environment(folder: Path, project: Path) -> None:
    """Give the project its `.env`, so that its commands work in any shell; one that is there stays."""
    if not project.is_dir():
        return
    with contextlib.suppress(FileExistsError):
        file = os.open(project / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as target:
            target.write((folder / ".env").read_bytes())


def _uv() -> str:
    found = shutil.which("uv")
    if found is None:
        raise UserError("the demo runs its project with uv, which is not installed", fix="pip install uv")
    return found


def _first_run(uv: str, project: Path, name: str, output: Output) -> int:
    """Run the pipeline, tell on standard error how it goes, and return its exit code.

    With JSON its log lines go there as they are: they are for machines.
    """
    command = [uv, "run", "--quiet", "python", "-m", name, "run"]
    if output.as_json:
        return subprocess.run(
            command, cwd=project, env=_own_environment(), stdout=subprocess.PIPE, check=False
        ).returncode
    view = RunView()
    with subprocess.Popen(
        command,
        cwd=project,
        env=_own_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            for told in view.lines(line.rstrip("\n")):
                output.note(told)
            sys.stderr.flush()
    return process.returncode


def _own_environment() -> dict[str, str]:
    """Return the environment without that of the wizard's own installation."""
    return {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")}


def _status(uv: str, project: Path, name: str) -> Any:
    command = [uv, "run", "--quiet", "python", "-m", name, "status", "--json"]
    told = subprocess.run(
        command, cwd=project, env=_own_environment(), stdout=subprocess.PIPE, text=True, check=False
    )
    try:
        return json.loads(told.stdout)
    except ValueError:
        return None


def _published(warehouse: Path, design: PipelineDesign) -> list[tuple[str, int]]:
    """Count the rows of the design's outputs in the destination itself."""
    import duckdb

    from generator.design.relations import output_name

    schema, outputs = design.destination.dataset, {output_name(one) for one in design.transformations}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        named = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1", [schema]
        ).fetchall()
        counted = []
        for table in [name for (name,) in named if name in outputs]:
            relation = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, table))
            rows = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]
            counted.append((f"{schema}.{table}", int(rows)))
    return counted
