"""Every extractor reads its source as the configuration says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fixtures.home import Home
from fixtures.samples import sample_rows

from shop_orders.engines.duckdb_engine import DuckDBEngine, open_duckdb
from shop_orders.extractors.base_extractor import BaseExtractor, ExtractionRequest
from shop_orders.extractors.drop_extractor import DropExtractor
from shop_orders.settings import load_settings
from shop_orders.utils.retry import PipelineError

EXTRACTORS: dict[str, type[BaseExtractor]] = {
    "drop": DropExtractor,
}
EVERY_SOURCE = pytest.mark.parametrize("name", list(EXTRACTORS))


@contextmanager
def opened(home: Home, name: str, connection: dict[str, Any] | None = None) -> Iterator[BaseExtractor]:
    """Open the extractor of a source."""
    settings = load_settings(home.folder, home.environment)
    source = next(source for source in settings.sources if source.name == name)
    work = DuckDBEngine(open_duckdb(None, settings))
    try:
        with EXTRACTORS[name](source, connection or settings.connection(source), work) as extractor:
            yield extractor
    finally:
        work.close()


def rows_read(extractor: BaseExtractor, number: int, low: str | None = None) -> int:
    """Return how many rows an extractor gives of its table with this number."""
    table = extractor.source.tables[number]
    wanted = {column.name for column in table.columns}
    columns = tuple(column for column in extractor.columns(table) if column.name in wanted)
    with extractor.extract(ExtractionRequest(table, columns, low)) as result:
        result.bind(extractor.work, "_rows")
        count = int(extractor.work.query("SELECT count(*) FROM _rows")[0][0])
        result.unbind(extractor.work, "_rows")
    return count


@EVERY_SOURCE
def test_the_source_has_the_columns_of_its_contract(staged: Home, name: str) -> None:
    with opened(staged, name) as extractor:
        for table in extractor.source.tables:
            found = {column.name for column in extractor.columns(table)}
            assert {column.name for column in table.columns} <= found, table.full_name


@EVERY_SOURCE
def test_every_row_is_extracted(staged: Home, name: str) -> None:
    source = next(source for source in staged.config["sources"] if source["name"] == name)
    with opened(staged, name) as extractor:
        for number, table in enumerate(source["tables"]):
            assert rows_read(extractor, number) == len(sample_rows(table)), table["table"]


@EVERY_SOURCE
def test_an_incremental_extract_leaves_out_what_was_read_before(staged: Home, name: str) -> None:
    source = next(source for source in staged.config["sources"] if source["name"] == name)
    with opened(staged, name) as extractor:
        for number, table in enumerate(source["tables"]):
            column = table["extraction"].get("watermark_column")
            if table["extraction"]["strategy"] == "incremental":
                marks = sorted(
                    (row[column] for row in sample_rows(table)), key=lambda mark: (len(str(mark)), mark)
                )
                middle = marks[len(marks) // 2]
                at_least = sum(1 for mark in marks if mark >= middle)
                read = rows_read(extractor, number, str(middle))
                # Files are read whole; what was read before is left out when rows are staged.
                assert at_least <= read < len(marks) + (source["type"] == "files"), table["table"]


@EVERY_SOURCE
def test_a_source_that_is_not_there_is_an_error_that_names_it(staged: Home, name: str) -> None:
    source = next(source for source in staged.config["sources"] if source["name"] == name)
    nowhere = staged.sources[name].broken(source["connection"])
    with pytest.raises(PipelineError, match=name), opened(staged, name, nowhere) as extractor:
        rows_read(extractor, 0)
