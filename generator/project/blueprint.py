"""The blueprint: the files of a project and what makes each; only what the design uses is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .files.checks_sql import check_files
from .files.config import config_files
from .files.containers import container_files
from .files.contracts import contract_files
from .files.documents import document_files
from .files.grants import grant_files
from .files.module_graph import outside
from .files.monitoring import monitoring_files
from .files.orchestration import orchestration_files
from .files.packaging import packaging_files, subpackages
from .files.sources import source_files
from .files.staging_sql import staging_files
from .files.suite import suite_files
from .files.transforms_sql import transformation_files
from .planned import PlannedFile, copied, templated

if TYPE_CHECKING:
    from .rendered import HistoryEntry
    from .view import ProjectView


def blueprint(view: ProjectView, config: str, history: Sequence[HistoryEntry]) -> list[PlannedFile]:
    """Return every file of the project.

    Args:
        view: The resolved design.
        config: Text of the configuration file.
        history: The design's versions and their dates, for the specification.
    """
    runtime = source_files(view)
    copies = [file.path for file in runtime if file.verbatim]
    digest = hashlib.sha256(config.encode()).hexdigest()
    return [
        copied(".gitignore", "gitignore"),
        copied(".dockerignore", "dockerignore"),
        templated(
            "Makefile",
            "Makefile.j2",
            pipeline=view.name,
            backfill=bool(view.incremental),
            cron=view.design.technology.orchestrator == "cron",
        ),
        *config_files(view, config),
        *contract_files(view),
        *runtime,
        *staging_files(view),
        *transformation_files(view),
        *check_files(view),
        *grant_files(view),
        *orchestration_files(view),
        *suite_files(view),
        *monitoring_files(view),
        *container_files(view),
        *packaging_files(view, subpackages(copies), {name for path in copies for name in outside(path)}),
        *document_files(view, history, digest),
    ]
