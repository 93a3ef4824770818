"""Which systems, patterns, strategies and computes go together, from what the connectors declare."""

from __future__ import annotations

from collections.abc import Iterator

from generator.design.models import Loading, PipelineDesign
from generator.design.problem import Problem, error, warning
from generator.design.rules.pipeline import OFFERED_COMPUTE, OFFERED_PATTERNS
from generator.errors import DesignError

from .base import Connector, Reason, Role
from .connection import connection_problems
from .limits import name_problems
from .registry import all_connectors, connector

PYTHON = "python"
"""What runs a transformation written in Python, on Arrow tables: no ``technology.compute``, which is SQL's."""


def compatible(
    source: Connector | str | None,
    destination: Connector | str | None,
    pattern: str = "auto",
    strategy: str | None = None,
    compute: str = "sql",
    *,
    extraction: str | None = None,
) -> list[Reason]:
    """Return why a combination does not work; an empty list when it does.

    Args:
        source: Where rows come from; None for any.
        destination: Where they go; None for any.
        pattern: ``technology.pattern``.
        strategy: Load strategy; None for any.
        compute: ``technology.compute``, or `PYTHON` for a transformation in Python.
        extraction: Extraction strategy; None for any.

    Raises:
        DesignError: a connector is not known.
    """
    origin = connector(source) if isinstance(source, str) else source
    target = connector(destination) if isinstance(destination, str) else destination
    return [
        *_roles(origin, target),
        *_pattern(target, pattern),
        *_compute(target, pattern, compute),
        *_strategies(origin, target, strategy, extraction),
    ]


def connector_problems(design: PipelineDesign) -> list[Problem]:
    """Return what the connectors find wrong with a design: systems, roles, settings, strategies, names."""
    found: list[Problem] = []
    for index, source in enumerate(design.sources):
        path = f"sources[{index}]"
        if system := _known(source.type, f"{path}.type", "source", found):
            found += connection_problems(
                f"{path}.connection", source.name, source.connection, system, "source"
            )
            found += _extraction(design, index, system)
    destination = design.destination
    if target := _known(destination.type, "destination.type", "destination", found):
        path = "destination.connection"
        found += connection_problems(path, destination.name, destination.connection, target, "destination")
        found += _technology(design, target)
        found += _loading("destination.loading", destination.loading, target)
        for place, loading in _own_loadings(design):
            found += _loading(place, loading, target)
        found += _same_file(design, target)
        found += name_problems(design, target)
    return found


def _roles(source: Connector | None, destination: Connector | None) -> Iterator[Reason]:
    if source and "source" not in source.roles:
        yield Reason(f"sources.type={source.id}", f"{source.title} is offered as a destination only")
    if destination and "destination" not in destination.roles:
        yield Reason(f"destination.type={destination.id}", f"{destination.title} is offered as a source only")


def _pattern(destination: Connector | None, pattern: str) -> Iterator[Reason]:
    subject = f"technology.pattern={pattern}"
    if pattern not in OFFERED_PATTERNS:
        fix = "choose batch_etl or batch_elt, run as often as the schedule asks"
        yield Reason(
            subject, f"{pattern} is not offered in this release", fix, alternatives=("batch_etl", "batch_elt")
        )
    elif pattern == "batch_elt" and destination and not destination.capabilities.hosts_staging:
        text = f"{destination.title} runs no SQL of its own, so that staging and transforms cannot lie in it"
        yield Reason(subject, text, "choose batch_etl", alternatives=("batch_etl",))


def _compute(destination: Connector | None, pattern: str, compute: str) -> Iterator[Reason]:
    subject = f"transformations.type={compute}" if compute == PYTHON else f"technology.compute={compute}"
    if compute not in (*OFFERED_COMPUTE, PYTHON):
        text = f"{compute} is not offered in this release"
        yield Reason(subject, text, f"choose {' or '.join(OFFERED_COMPUTE)}", alternatives=OFFERED_COMPUTE)
    elif (
        pattern == "batch_elt"
        and destination
        and destination.capabilities.hosts_staging
        and compute not in destination.capabilities.compute
    ):
        text = f"with batch_elt the rows lie in {destination.title}, where no Python transform runs"
        fix = "choose batch_etl, or write the transform in SQL"
        yield Reason(subject, text, fix, alternatives=("batch_etl", "sql"))


def _strategies(
    source: Connector | None, destination: Connector | None, strategy: str | None, extraction: str | None
) -> Iterator[Reason]:
    if strategy and destination and strategy not in (offered := destination.capabilities.loading):
        fix = f"choose one of {', '.join(sorted(offered))}" if offered else ""
        text = f"{destination.title} cannot be loaded by {strategy}"
        yield Reason(f"loading.strategy={strategy}", text, fix, alternatives=tuple(sorted(offered)))
    if extraction and source and extraction not in (offered := source.capabilities.extraction):
        fix = f"choose one of {', '.join(sorted(offered))}" if offered else ""
        text = f"{source.title} cannot be extracted by {extraction}"
        yield Reason(f"extraction.strategy={extraction}", text, fix, alternatives=tuple(sorted(offered)))


def _known(name: str, path: str, role: Role, found: list[Problem]) -> Connector | None:
    """Return the connector when it can be used in the role, None after telling why not."""
    if not name:
        return None  # said where the rest of the structure is checked
    try:
        system = connector(name)
    except DesignError as fault:
        found.append(error(path, fault.what, fault.fix))
        return None
    if role in system.roles:
        return system
    able = [other.id for other in all_connectors() if role in other.roles]
    found.append(error(path, f"{system.title} cannot be a {role}", f"known are {', '.join(able)}"))
    return None


def _extraction(design: PipelineDesign, index: int, system: Connector) -> Iterator[Problem]:
    source = design.sources[index]
    asked = [(f"sources[{index}].extraction.strategy", source.extraction.strategy)]
    asked += [
        (f"sources[{index}].tables[{number}].extraction.strategy", table.extraction.strategy)
        for number, table in enumerate(source.tables)
        if table.extraction
    ]
    for path, strategy in asked:
        if strategy != "cdc":  # which no connector offers yet, and the structural check says so
            for reason in compatible(system, None, extraction=strategy):
                yield error(path, reason.text, reason.fix)


def _technology(design: PipelineDesign, target: Connector) -> Iterator[Problem]:
    technology = design.technology
    for reason in compatible(None, target, technology.pattern, compute=technology.compute):
        yield error(reason.subject.partition("=")[0], reason.text, reason.fix)
    for index, transformation in enumerate(design.transformations):
        if transformation.type != PYTHON:
            continue  # SQL runs everywhere; other kinds are refused where the structure is checked
        for reason in _compute(target, technology.pattern, PYTHON):
            yield error(f"transformations[{index}].type", reason.text, reason.fix)


def _own_loadings(design: PipelineDesign) -> Iterator[tuple[str, Loading]]:
    for index, source in enumerate(design.sources):
        for number, table in enumerate(source.tables):
            if table.loading:
                yield f"sources[{index}].tables[{number}].loading", table.loading
    for index, transformation in enumerate(design.transformations):
        if transformation.loading:
            yield f"transformations[{index}].loading", transformation.loading


def _loading(path: str, loading: Loading, target: Connector) -> Iterator[Problem]:
    for reason in compatible(None, target, strategy=loading.strategy):
        yield error(f"{path}.strategy", reason.text, reason.fix)
    if loading.partition_field and not target.capabilities.partitions:
        said = f"{target.title} tables are not partitioned, so that partition_field has no effect"
        yield warning(f"{path}.partition_field", said, "remove it")
    if loading.cluster_fields and not target.capabilities.clusters:
        said = f"{target.title} tables are not clustered, so that cluster_fields has no effect"
        yield warning(f"{path}.cluster_fields", said, "remove it")


def _same_file(design: PipelineDesign, target: Connector) -> Iterator[Problem]:
    """DuckDB lets one process write to a file while nobody else reads it."""
    place = design.destination.connection.get("path")
    for index, source in enumerate(design.sources):
        if (
            target.id == "duckdb"
            and source.type == target.id
            and place
            and source.connection.get("path") == place
        ):
            fix = "give source and destination a file each"
            said = "a DuckDB file cannot be read as a source while it is written as the destination"
            yield error(f"sources[{index}].connection.path", said, fix)
