"""What a run published and where it lies: plain values for the Write step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .destination_place import destination_place, is_folders
from .writing import dotenv_values

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign


@dataclass(frozen=True)
class Arrived:
    """What ``status --json`` told: tables with rows and watermark, and the last run."""

    tables: tuple[tuple[str, int | None, str], ...] = ()
    run: str = ""
    place: str = ""
    """Where the tables lie, in words."""
    sources: tuple[tuple[str, int | None, str], ...] = ()
    """Tables that were read for them, which stay in staging."""


def parse_status(output: str) -> Arrived | None:
    """Read the JSON of ``status --json``; None when there is none in the output."""
    start = output.find("{")
    if start < 0:
        return None
    try:
        told = json.loads(output[start : output.rfind("}") + 1])
    except ValueError:
        return None
    tables = told.get("tables")
    if not isinstance(tables, dict):
        return None
    listed = tuple(
        (str(name), facts.get("rows"), str(facts.get("watermark") or ""))
        for name, facts in tables.items()
        if isinstance(facts, dict)
    )
    runs = told.get("runs") or [{}]
    last = runs[0] if isinstance(runs[0], dict) else {}
    counts = [
        f"{last[word]:,} {word}"
        for word in ("extracted", "loaded", "rejected")
        if isinstance(last.get(word), int)
    ]
    return Arrived(listed, " · ".join([str(last.get("status", "")), *counts]).strip(" ·"))


def located(
    arrived: Arrived, design: PipelineDesign, environment: Mapping[str, str], target: Path
) -> Arrived:
    """Return what arrived with the place it lies at, and its tables by the names they have there.

    Args:
        arrived: As the project told it.
        design: For the destination.
        environment: That the project runs in.
        target: The project's folder: its ``.env`` counts where the environment says nothing.
    """
    given = {**dotenv_values(target / ".env"), **environment}
    place = destination_place(design, given, target)
    schema = f"{design.destination.dataset}."
    # Queries are published under the schema's name; what they read keeps its own and stays in staging.
    published = [fact for fact in arrived.tables if fact[0].startswith(schema) or not design.transformations]
    sources = tuple(fact for fact in arrived.tables if fact not in published)
    shown = "" if is_folders(design) else schema
    named = tuple((shown + name.removeprefix(schema), rows, mark) for name, rows, mark in published)
    return replace(arrived, tables=named, sources=sources, place=place)
