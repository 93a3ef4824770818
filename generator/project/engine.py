"""Which engine runs a design's queries and checks."""

from __future__ import annotations

from generator.connectors.registry import connector
from generator.design.models import PipelineDesign
from generator.errors import UserError

from .resolve import pattern_of

EMBEDDED = "duckdb"


def engine_dialect(design: PipelineDesign) -> str:
    """Return the dialect transforms and checks run in: the destination's for ELT, else the embedded DuckDB's.

    A destination that is not known (yet) counts as one that needs the embedded engine.
    """
    try:
        capabilities = connector(design.destination.type).capabilities
    except UserError:
        return EMBEDDED
    hosted = capabilities.hosts_staging and pattern_of(design) == "batch_elt"
    return capabilities.dialect if hosted else EMBEDDED
