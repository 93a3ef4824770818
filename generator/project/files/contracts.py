"""``config/contracts/``: one data contract per source table (Open Data Contract Standard 3)."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from generator.design.models import Column

from ..encoders import whole
from ..planned import PlannedFile, written
from ..serialize import yaml_text
from ..view import ProjectView, TableView

API_VERSION = "v3.0.2"
_NAMESPACE = uuid.UUID("6f4d3c0e-6d0b-5b8e-9c58-1f0f6b3d2a11")
_LOGICAL = {
    "boolean": "boolean", "smallint": "integer", "integer": "integer", "bigint": "integer",
    "decimal": "number", "real": "number", "double": "number", "date": "date", "timestamp": "date",
    "timestamptz": "date", "json": "object",
}  # fmt: skip


def contract_files(view: ProjectView) -> list[PlannedFile]:
    """Return one contract per source table."""
    return [
        written(f"config/contracts/{table.stem}.yaml", "contracts", partial(_contract, view, table))
        for table in view.tables
    ]


def _contract(view: ProjectView, table: TableView) -> str:
    info, contract = view.design.pipeline, table.table.contract
    policies = contract.model_dump() if contract else {}
    extraction = table.table.extraction
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": str(uuid.uuid5(_NAMESPACE, f"{info.name}/{table.source.name}/{table.name}")),
        "name": table.name,
        "version": info.version,
        "status": "active",
        "domain": info.name,
        "description": {"purpose": f"What {info.name} takes from {table.full_name} of {table.source.name}."},
        "team": [{"username": info.owner, "role": "owner"}] if info.owner else [],
        "tags": list(info.tags),
        "schema": [
            {
                "name": table.name,
                "physicalName": table.full_name,
                "physicalType": "files" if table.source.type == "files" else "table",
                "logicalType": "object",
                "properties": [_property(table, column) for column in table.columns],
            }
        ],
        "slaProperties": _service_levels(view, table),
        "customProperties": [
            *({"property": f"{name}Policy", "value": value} for name, value in policies.items()),
            *([{"property": "extraction", "value": extraction.strategy}] if extraction else []),
        ],
    }
    return yaml_text({key: value for key, value in document.items() if value != []})


def _property(table: TableView, column: Column) -> dict[str, Any]:
    logical = "array" if column.type.endswith("[]") else _LOGICAL.get(column.type.split("(")[0], "string")
    entry: dict[str, Any] = {
        "name": column.name, "logicalType": logical, "physicalType": column.source_type or column.type,
        "required": not column.nullable,
    }  # fmt: skip
    if column.type.endswith("[]"):
        entry["items"] = {"logicalType": _LOGICAL.get(column.type[:-2].split("(")[0], "string")}
    if column.name in table.table.primary_key:
        entry |= {
            "primaryKey": True,
            "primaryKeyPosition": table.table.primary_key.index(column.name) + 1,
            "unique": len(table.table.primary_key) == 1,
        }
    if action := table.table.pii.get(column.name):
        entry |= {
            "classification": "restricted",
            "customProperties": [{"property": "personalData", "value": action}],
        }
    return entry


def _service_levels(view: ProjectView, table: TableView) -> list[dict[str, Any]]:
    wanted = view.design.requirements
    levels: list[dict[str, Any]] = []
    if wanted.freshness_minutes is not None:
        levels.append({"property": "latency", "value": whole(wanted.freshness_minutes), "unit": "m"})
    if wanted.retention_days is not None:
        levels.append({"property": "retention", "value": wanted.retention_days, "unit": "d"})
    if view.design.pipeline.schedule:
        levels.append({"property": "frequency", "value": view.design.pipeline.schedule, "unit": "cron"})
    return levels
