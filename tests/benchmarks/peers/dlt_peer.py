"""dlt: PostgreSQL table -> DuckDB or PostgreSQL. Arguments: SOURCE_URL BACKEND DISPOSITION TABLE WORKDIR DESTINATION.

BACKEND is connectorx (streamed) or pyarrow; DISPOSITION replace or merge; DESTINATION a DuckDB path or a PostgreSQL URL.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

source, backend, disposition, table, workdir, destination = sys.argv[1:7]
os.environ.update(
    {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "DLT_DATA_DIR": workdir,
        "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
    }
)

import dlt
from dlt.sources.sql_database import sql_table

options: dict[str, Any] = {}
if backend == "connectorx":
    options["backend_kwargs"] = {"return_type": "arrow_stream", "conn": source}
if disposition == "merge":
    options |= {"incremental": dlt.sources.incremental("updated_at"), "primary_key": "id"}
resource = sql_table(
    credentials=source.replace("postgresql://", "postgresql+psycopg2://"),
    table=table,
    backend=backend,
    chunk_size=50_000,
    reflection_level="full_with_precision",
    **options,
)
into_postgres = destination.startswith("postgresql:")
target = dlt.destinations.postgres(destination) if into_postgres else dlt.destinations.duckdb(destination)
pipeline = dlt.pipeline(
    "bench", destination=target, dataset_name="raw", pipelines_dir=str(Path(workdir) / "pipelines")
)
pipeline.run(resource, write_disposition=disposition)
