"""``README.md`` and ``data-pipeline-spec.md``: what the templates print, prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.advice.architecture import TITLES, advise_architecture
from generator.checks.catalogue import columns_of, describe
from generator.connectors.environment import is_reference
from generator.design.models import Extraction, Loading

from ..encoders import Encoded, code, joined, md
from ..flow import flow_mermaid
from ..names import bare_table
from ..planned import PlannedFile, templated
from ..rendered import HistoryEntry
from ..view import CheckView, ProjectView, TableView
from .checks_sql import judged_when_loading
from .lineage import lineage_rows
from .monitoring import alert_rules
from .orchestration import read_by_time, stages
from .variables import variables
from .words import EXTRACTION, LOADING, PATTERNS, minutes_words, schedule_words

DASH = Encoded("-", "md")
_PII = {
    "drop": "never leaves the source",
    "mask": "replaced by *** before anything is written",
    "tokenize": "replaced by a keyed HMAC-SHA-256 token before anything is written",
}


def document_files(view: ProjectView, history: Sequence[HistoryEntry], digest: str) -> list[PlannedFile]:
    """Return README and specification.

    Args:
        view: The project.
        history: The design's versions with their dates.
        digest: SHA-256 of the configuration file, which the specification carries.
    """
    context = {
        "pipeline": view.name,
        "design": view.design,
        "view": view,
        "digest": Encoded(digest, "md"),
        "history": history,
        "architecture": architecture(view),
        "schedule": schedule_words(view.design.pipeline.schedule, view.design.pipeline.timezone),
        "diagram": Encoded(flow_mermaid(view.design).rstrip(), "md"),
        "sources": [source_view(view, number) for number in range(len(view.design.sources))],
        "destination": destination_lines(view),
        "transformations": [
            transformation_view(view, number) for number in range(len(view.design.transformations))
        ],
        "checks": {
            stage: [check_row(check) for check in view.checks_of(stage)]
            for stage in ("pre_transform", "post_transform", "final")
        },
        "when_loading": [check.name for check in view.checks if judged_when_loading(view, check)],
        "lineage": lineage_rows(view),
        "personal": personal_rows(view),
        "contracts": contract_rows(view),
        "alerts": [
            (md(rule["alert"]), md(rule["labels"]["severity"]), code(rule["expr"]))
            for rule in alert_rules(view)
        ],
        "channels": [channel.type for channel in view.design.monitoring.alerts.channels],
        "stages": stages(view),
        "variables": variables(view),
        "freshness": minutes_words(view.design.requirements.freshness_minutes),
        "published": [
            (name, LOADING[loading.strategy or "overwrite"], loading)
            for name, loading in view.published.items()
        ],
        "incremental": view.incremental,
        "by_time": read_by_time(view),
        "strategies": EXTRACTION,
        "versioned": any(
            (loading.strategy or "") in ("upsert", "merge", "scd1", "scd2", "scd3")
            and version_column(view, name, loading)
            for name, loading in view.published.items()
        ),
    }
    return [
        templated("README.md", "README.md.j2", **context),
        templated("data-pipeline-spec.md", "data-pipeline-spec.md.j2", **context),
    ]


@dataclass(frozen=True)
class SourceDoc:
    """A source as the specification describes it; ``tables`` are Markdown cells."""

    name: str
    title: str
    kind: str
    connection: list[tuple[Encoded, Encoded]]
    tables: list[tuple[Encoded, ...]]
    columns: list[tuple[TableView, list[tuple[Encoded, ...]]]]


def source_view(view: ProjectView, number: int) -> SourceDoc:
    """Return a source with its connection (secrets by name only), tables and columns."""
    source = view.design.sources[number]
    system = view.source_connectors[source.name]
    tables = [table for table in view.tables if table.source is source]
    return SourceDoc(
        source.name,
        system.title,
        system.kind,
        connection_rows(source.connection, system.Settings.secrets()),
        [table_row(table) for table in tables],
        [
            (table, [column_row(table, position) for position in range(len(table.columns))])
            for table in tables
        ],
    )


def connection_rows(connection: object, secret: set[str]) -> list[tuple[Encoded, Encoded]]:
    """Return a connection's values as Markdown; a secret that is no reference is not shown."""
    values = connection if isinstance(connection, dict) else {}
    return [
        (md(key), md("hidden") if key in secret and not is_reference(value) else code(value))
        for key, value in values.items()
        if value not in (None, "")
    ]


def table_row(table: TableView) -> tuple[Encoded, ...]:
    """Return one line of a source's table of tables."""
    extraction = table.table.extraction
    strategy = extraction.strategy if extraction else "full"
    return (
        code(table.full_name),
        code(table.name),
        md(_how(strategy, extraction)),
        code(extraction.watermark_column)
        if extraction and strategy == "incremental" and extraction.watermark_column
        else DASH,
        names(table.table.primary_key),
    )


def _how(strategy: str | None, extraction: Extraction | None) -> str:
    """Return the strategy with its bound: how late a row may be committed and still arrive."""
    minutes = extraction.lookback_minutes if extraction and strategy == "incremental" else None
    return (strategy or "full") if minutes is None else f"{strategy}, lookback {minutes} minutes"


def column_row(table: TableView, position: int) -> tuple[Encoded, ...]:
    """Return one line of a table's columns."""
    column = table.columns[position]
    return (
        code(column.name),
        md(column.type),
        md(column.source_type) if column.source_type else DASH,
        md("yes" if column.nullable else "no"),
        md(_PII[table.table.pii[column.name]]) if column.name in table.table.pii else DASH,
        md(column.caveat) if column.caveat else DASH,
    )


def names(values: Sequence[str]) -> Encoded:
    """Return names as inline code, comma-separated, a dash for none."""
    return joined([code(value) for value in values]) if values else DASH


def architecture(view: ProjectView) -> dict[str, Encoded]:
    """Return the pattern and why it was chosen."""
    pattern = view.design.technology.pattern
    advice = advise_architecture(view.design)
    agreed = advice.choice == pattern
    return {
        "title": md(TITLES.get(pattern, pattern)),
        "meaning": md(PATTERNS.get(pattern, pattern)),
        "reason": md(
            advice.reason
            if agreed
            else f"Chosen in the design. The rules suggest {TITLES.get(advice.choice, '')}: {advice.reason}"
        ),
        "alternative": md(
            f"{TITLES.get(advice.alternative, advice.alternative)}: {advice.alternative_reason}"
            if agreed and advice.alternative
            else ""
        ),
    }


def destination_lines(view: ProjectView) -> dict[str, object]:
    """Return what the specification says of the destination."""
    chosen = view.design.destination
    partitions = sorted(
        {loading.partition_field for loading in view.published.values() if loading.partition_field}
    )
    clusters = sorted({field for loading in view.published.values() for field in loading.cluster_fields})
    return {
        "title": md(view.destination_connector.title),
        "connection": connection_rows(chosen.connection, view.destination_connector.Settings.secrets()),
        "guarantee": md(view.destination_connector.capabilities.guarantee),
        "transactional": view.destination_connector.capabilities.transactional,
        "tables": [
            (
                code(f"{chosen.dataset}.{name}"),
                md(LOADING[loading.strategy or "overwrite"]),
                names(loading.key),
            )
            for name, loading in view.published.items()
        ],
        "partitioning": names(partitions),
        "clustering": names(clusters),
    }


def version_column(view: ProjectView, name: str, loading: Loading) -> str | None:
    """Return the column that tells which of two versions of a published row is the newer one."""
    if loading.version_column or view.modelled:
        return loading.version_column
    table = view.tables_by_name.get(name)
    return table.table.extraction.watermark_column if table and table.table.extraction else None


def transformation_view(view: ProjectView, number: int) -> dict[str, object]:
    """Return what the specification says of a transformation."""
    item = view.design.transformations[number]
    loading = item.loading or Loading()
    file = (
        f"sql/transformations/{item.name}.sql" if item.type == "sql" else f"src/transformers/{item.name}.py"
    )
    return {
        "name": md(item.name),
        "inputs": names(item.input_tables),
        "output": code(item.output_table),
        "logic": md(item.description or f"Computes {bare_table(item.output_table)}."),
        "file": code(file),
        "loading": md(LOADING[loading.strategy or "overwrite"]),
        "key": names(loading.key),
    }


def check_row(item: CheckView) -> tuple[Encoded, ...]:
    """Return one line of a table of checks: name, table, columns, severity, what is asserted."""
    check = item.check
    return (
        code(item.name),
        code(check.table or "-"),
        names(columns_of(check)),
        md(check.severity),
        md(describe(check)),
    )


def personal_rows(view: ProjectView) -> list[tuple[Encoded, ...]]:
    """Return one line per column of personal data."""
    return [
        (code(table.name), code(column), md(action), md(_PII[action]))
        for table in view.tables
        for column, action in table.table.pii.items()
    ]


def contract_rows(view: ProjectView) -> list[tuple[Encoded, ...]]:
    """Return one line per table: what happens when the source changes its shape."""
    rows = []
    for table in view.tables:
        if (contract := table.table.contract) is not None:
            policies = (
                contract.new_column,
                contract.dropped_column,
                contract.widened_type,
                contract.type_conflict,
            )
            rows.append(
                (
                    code(table.name),
                    *(md(policy.replace("_", " ")) for policy in policies),
                    code(f"config/contracts/{table.stem}.yaml"),
                )
            )
    return rows
