"""The checks that are advised and not there yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .check_rows import SuggestedCheck

if TYPE_CHECKING:
    from generator.connectors.catalog import ProbedTable, Profile
    from generator.design.models import PipelineDesign
    from tui.state import Facts


def suggested_checks(design: PipelineDesign, facts: Mapping[str, Facts]) -> list[SuggestedCheck]:
    """Return what the advice would add to the design's checks, with what probes brought back."""
    from generator.advice.quality import suggest_checks

    tables: dict[str, ProbedTable] = {}
    profiles: dict[str, Profile] = {}
    for source in design.sources:
        known = facts.get(source.name)
        for table in source.tables if known else ():
            full = f"{table.namespace}.{table.table}" if table.namespace else table.table
            if known and (probed := known.table(table.namespace, table.table)):
                tables[table.staging_name] = probed
            if known and (profile := known.profiles.get(full)):
                profiles[table.staging_name] = profile
    return [
        SuggestedCheck(each.stage, each.check, each.advice.reason)
        for each in suggest_checks(design, tables, profiles)
    ]
