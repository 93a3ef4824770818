"""What a check says of a sample: its own SQL, run in an embedded DuckDB that can reach nothing else."""

from __future__ import annotations

import threading
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from generator.design.models import Check
from generator.errors import DesignError

from .catalogue import check_type, describe, sql
from .dialects import DUCKDB, identifier
from .model import EXAMPLES_MARKER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

TIMEOUT_SECONDS = 3.0
SCHEMA = "staging"


class SampleRows(Protocol):
    """Rows to look at, as a probe's ``Sample``: display strings, None is NULL."""

    @property
    def columns(self) -> Sequence[str]:
        """Names, in order."""

    @property
    def rows(self) -> Sequence[Sequence[str | None]]:
        """Values, in the order of the names."""


@dataclass(frozen=True)
class DryRun:
    """Outcome of a check on a sample.

    ``measured`` where the verdict needs earlier runs, ``unsure`` where it needs the rows that are not in the sample.
    """

    status: Literal["passed", "failed", "measured", "unsure", "errored"]
    text: str


def dry_run(
    check: Check,
    samples: Mapping[str, SampleRows],
    types: Mapping[str, Mapping[str, str]] | None = None,
    *,
    parts: Container[str] = (),
    timeout: float = TIMEOUT_SECONDS,
) -> DryRun:
    """Run a check on samples and put the outcome into words.

    Args:
        check: A check without problems.
        samples: Sample rows by table, the checked one and one it refers to among them.
        types: Logical types of the columns, by table; text where they are not known.
        parts: Tables that hold more rows than their sample.
        timeout: Seconds until the query is stopped.
    """
    table = check.table or ""
    if table not in samples:
        return DryRun("errored", f"there is no sample of {table or 'the table'}")
    if check.reference_table and _bare(check.reference_table) not in samples:
        return DryRun("errored", f"there is no sample of {check.reference_table}")
    known = types or {}
    relation = f"{identifier(SCHEMA)}.{identifier(table)}"
    looked_at = _bare(check.reference_table or table)
    reference = f"{identifier(SCHEMA)}.{identifier(looked_at)}"
    columns = dict(known.get(table, {})) or dict.fromkeys(samples[table].columns, "text")
    try:
        text = sql(check, relation, "duckdb", reference=reference, columns=columns)
    except DesignError as error:
        return DryRun("errored", str(error))
    outcome = _measure(check, text.partition(EXAMPLES_MARKER)[0], samples, known, timeout)
    if outcome.status == "failed" and looked_at in parts and _more_rows_may_mend(check):
        return DryRun("unsure", f"a sample cannot tell; it {outcome.text}")
    return outcome


def _more_rows_may_mend(check: Check) -> bool:
    return check.check in {"freshness", "referential_integrity"} or (
        check.check == "row_count" and check.min_rows is not None
    )


def _measure(
    check: Check,
    query: str,
    samples: Mapping[str, SampleRows],
    types: Mapping[str, Mapping[str, str]],
    timeout: float,
) -> DryRun:
    import duckdb  # loaded when a check is first tried, not with the wizard

    connection = duckdb.connect(
        config={"enable_external_access": "false", "memory_limit": "256MB", "threads": "1"}
    )
    alarm = threading.Timer(timeout, connection.interrupt)
    try:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        for name, sample in samples.items():
            _load(connection, name, sample, types.get(name, {}))
        connection.execute("SET lock_configuration = true")
        alarm.start()
        ((checked, failed, observed),) = connection.execute(query).fetchall()
    except duckdb.InterruptException:
        return DryRun("errored", f"stopped after {timeout:g} s")
    except (duckdb.Error, ValueError) as error:
        return DryRun("errored", f"would crash: {str(error).strip().splitlines()[0]}")
    finally:
        alarm.cancel()
        connection.close()
    said = f" ({observed})" if observed is not None else ""
    if check_type(check.check).kind == "run":
        return DryRun("measured", f"measures {observed} on the sample; judged against what runs record")
    if failed == 0:
        return DryRun("passed", f"passes on {checked} sample rows{said}")
    return DryRun("failed", f"fails on the sample: {describe(check)}: {failed} of {checked} rows{said}")


def _load(
    connection: duckdb.DuckDBPyConnection, name: str, sample: SampleRows, types: Mapping[str, str]
) -> None:
    relation = f"{identifier(SCHEMA)}.{identifier(name)}"
    columns = ", ".join(f"{identifier(column)} VARCHAR" for column in sample.columns)
    connection.execute(f"CREATE TABLE {relation} ({columns})")
    if sample.rows:
        marks = ", ".join("?" * len(sample.columns))
        connection.executemany(f"INSERT INTO {relation} VALUES ({marks})", [list(row) for row in sample.rows])
    for column in sample.columns:
        spelled = DUCKDB.types(types[column])[0] if column in types else "VARCHAR"
        if spelled != "VARCHAR":
            quoted = identifier(column)
            connection.execute(
                f"ALTER TABLE {relation} ALTER {quoted} TYPE {spelled} USING TRY_CAST({quoted} AS {spelled})"
            )


def _bare(name: str) -> str:
    """Return a table's name without its schema, as ``staging.orders`` is written in transforms."""
    return name.rpartition(".")[2]
