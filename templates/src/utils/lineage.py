"""Lineage: an OpenLineage event as each step starts and ends, in a file, and at an address if one is given.

Events follow OpenLineage 2-0-2 (https://openlineage.io/spec/2-0-2/OpenLineage.json). They go to
``lineage.ndjson`` in the state folder, one a line, and to OPENLINEAGE_URL (with OPENLINEAGE_API_KEY, if set).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import structlog

from .credentials import redact, register
from .http_post import DeliveryError, send

logger = structlog.get_logger(__name__)

SCHEMA_URL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
PRODUCER = "https://openlineage.io/integration/python-pipeline"
_FACETS = "https://openlineage.io/spec/facets"
LARGEST_FILE_BYTES = 10_000_000
EventType = Literal["START", "COMPLETE", "FAIL"]


@dataclass(frozen=True)
class Dataset:
    """A table a step reads or writes.

    Attributes:
        namespace: The system, as ``postgres://host:5432``; never with credentials.
        name: The table in it.
        columns: Columns and types.
        rows: Rows read or written.
        column_inputs: For each output column, the (namespace, dataset, column) triples it is computed from.
    """

    namespace: str
    name: str
    columns: tuple[tuple[str, str], ...] = ()
    rows: int | None = None
    column_inputs: Mapping[str, tuple[tuple[str, str, str], ...]] = field(default_factory=dict)


class LineageEmitter:
    """Makes and delivers the events of one run.

    Args:
        pipeline: The pipeline's name, the jobs' namespace.
        run_id: The pipeline run.
        folder: Where ``lineage.ndjson`` is kept; the file is renamed away when it has grown to 10 MB.
        environment: Holds OPENLINEAGE_URL and OPENLINEAGE_API_KEY, where events are to be sent.
    """

    def __init__(self, pipeline: str, run_id: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.events: list[dict[str, Any]] = []
        self._pipeline = pipeline
        self._run_id = run_id
        self._path = folder / "lineage.ndjson"
        self._url = environment.get("OPENLINEAGE_URL", "").rstrip("/")
        self._api_key = environment.get("OPENLINEAGE_API_KEY", "")
        register([self._api_key])
        self._unreachable = False

    def start(
        self, job: str, inputs: Iterable[Dataset] = (), outputs: Iterable[Dataset] = ()
    ) -> dict[str, Any]:
        """Say that a step starts."""
        return self.emit("START", job, inputs, outputs)

    def complete(
        self, job: str, inputs: Iterable[Dataset] = (), outputs: Iterable[Dataset] = ()
    ) -> dict[str, Any]:
        """Say that a step has ended well."""
        return self.emit("COMPLETE", job, inputs, outputs)

    def fail(self, job: str, error: str) -> dict[str, Any]:
        """Say that a step has failed."""
        facet = {
            **_facet("1-0-1", "ErrorMessageRunFacet"),
            "message": redact(error),
            "programmingLanguage": "python",
        }
        return self.emit("FAIL", job, run_facets={"errorMessage": facet})

    def emit(
        self,
        kind: EventType,
        job: str,
        inputs: Iterable[Dataset] = (),
        outputs: Iterable[Dataset] = (),
        run_facets: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Make an event, write it to the file, send it, and return it."""
        event = {
            "eventType": kind,
            "eventTime": datetime.now(UTC).isoformat(),
            "producer": PRODUCER,
            "schemaURL": SCHEMA_URL,
            "run": {"runId": self._uuid(job), "facets": {**self._parent(), **(run_facets or {})}},
            "job": {"namespace": self._pipeline, "name": f"{self._pipeline}.{job}", "facets": {}},
            "inputs": [_dataset(item, output=False) for item in inputs],
            "outputs": [_dataset(item, output=True) for item in outputs],
        }
        self.events.append(event)
        self._append(event)
        self._send(event)
        return event

    def _uuid(self, job: str) -> str:
        """Return the same UUID for the start and the end of a step, even from two processes."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._pipeline}/{self._run_id}/{job}"))

    def _parent(self) -> dict[str, Any]:
        parent = {
            "run": {"runId": self._uuid("")},
            "job": {"namespace": self._pipeline, "name": self._pipeline},
        }
        return {"parent": {**_facet("1-1-0", "ParentRunFacet"), **parent}}

    def _append(self, event: Mapping[str, Any]) -> None:
        line = redact(json.dumps(event, ensure_ascii=False, default=str)) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists() and self._path.stat().st_size > LARGEST_FILE_BYTES:
                self._path.replace(self._path.with_suffix(".1.ndjson"))
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            logger.warning("lineage_not_written", error=str(error))

    def _send(self, event: Mapping[str, Any]) -> None:
        if not self._url or self._unreachable:
            return
        address = self._url if self._url.endswith("/lineage") else f"{self._url}/api/v1/lineage"
        headers = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        try:
            send(address, redact(json.dumps(event, default=str)).encode(), headers=headers)
        except DeliveryError as error:
            self._unreachable = True
            logger.warning("lineage_not_sent", error=str(error), note="no further event of this run is sent")


def _facet(version: str, name: str) -> dict[str, str]:
    return {"_producer": PRODUCER, "_schemaURL": f"{_FACETS}/{version}/{name}.json#/$defs/{name}"}


def _dataset(item: Dataset, *, output: bool) -> dict[str, Any]:
    facets: dict[str, Any] = {}
    if item.columns:
        fields = [{"name": name, "type": kind} for name, kind in item.columns]
        facets["schema"] = {**_facet("1-1-1", "SchemaDatasetFacet"), "fields": fields}
    if output and item.column_inputs:
        traced = {
            column: {
                "inputFields": [
                    {"namespace": space, "name": name, "field": of} for space, name, of in sources
                ]
            }
            for column, sources in item.column_inputs.items()
        }
        facets["columnLineage"] = {**_facet("1-2-0", "ColumnLineageDatasetFacet"), "fields": traced}
    described: dict[str, Any] = {"namespace": item.namespace, "name": item.name, "facets": facets}
    if item.rows is not None:
        name, kind = (
            ("outputStatistics", "OutputStatisticsOutputDatasetFacet")
            if output
            else ("inputStatistics", "InputStatisticsInputDatasetFacet")
        )
        version = "1-0-2" if output else "1-0-0"
        described["outputFacets" if output else "inputFacets"] = {
            name: {**_facet(version, kind), "rowCount": item.rows}
        }
    return described
