"""A fresh probe never changes what the user chose; what it changes is reported."""

from __future__ import annotations

from generator.advice.merge import merge_catalog, new_table
from generator.advice.table import advise_table, apply_advice
from generator.connectors.catalog import Catalog, ProbedColumn, ProbedTable
from generator.demo import demo_design
from generator.design.models import Extraction, PipelineDesign, Source, Table


def probed(
    name: str, *columns: tuple[str, str], key: tuple[str, ...] = (), rows: int = 90_000
) -> ProbedTable:
    return ProbedTable(
        name=name, columns=tuple(ProbedColumn(name=c, type=t) for c, t in columns), primary_key=key, rows=rows
    )


def catalog(*tables: ProbedTable) -> Catalog:
    return Catalog(connector="sqlite", tables=tables)


def test_the_same_catalog_changes_nothing() -> None:
    source = demo_design("demo").sources[0]
    same = catalog(
        *(
            ProbedTable(
                name=table.table,
                primary_key=tuple(table.primary_key),
                columns=tuple(
                    ProbedColumn(
                        name=c.name,
                        type=c.type,
                        nullable=c.nullable,
                        source_type=c.source_type,
                        caveat=c.caveat,
                    )
                    for c in table.columns_probed
                ),
            )
            for table in source.tables
        )
    )
    merged = merge_catalog(source, same)
    assert merged.changes == ()
    assert merged.source == source
    assert merged.source is not source


def test_every_choice_survives_and_every_change_is_told() -> None:
    source = demo_design("demo").sources[0]
    orders = next(table for table in source.tables if table.table == "orders")
    orders.columns = ["order_id", "amount", "gift_note"]
    orders.extraction = Extraction(strategy="incremental", watermark_column="updated_at")
    orders.pii = {"gift_note": "drop"}
    before = orders.model_copy(deep=True)
    merged = merge_catalog(
        source, catalog(probed("orders", ("id", "bigint"), ("amount", "text"), ("new", "date"), key=("id",)))
    )
    after = next(table for table in merged.source.tables if table.table == "orders")
    for field in ("columns", "extraction", "pii", "primary_key", "alias", "loading", "contract"):
        assert getattr(after, field) == getattr(before, field)
    assert [column.name for column in after.columns_probed] == ["id", "amount", "new"]
    kinds = {(change.table, change.kind, change.column) for change in merged.changes}
    assert {
        ("orders", "key_gone", "order_id"),
        ("orders", "watermark_gone", "updated_at"),
        ("orders", "choice_gone", "gift_note"),
        ("orders", "type_changed", "amount"),
        ("orders", "column_added", "new"),
        ("orders", "column_gone", "status"),
        ("customers", "table_gone", ""),
    } <= kinds
    assert len(merged.source.tables) == len(source.tables)


def test_chosen_tables_are_added_once_under_a_free_name() -> None:
    source = Source(name="s", tables=[Table(table="orders", namespace="shop")])
    live = ProbedTable(
        namespace="old", name="orders", columns=(ProbedColumn(name="id"),), primary_key=("id",)
    )
    merged = merge_catalog(source, catalog(live), [("old", "orders"), ("old", "orders"), ("old", "nowhere")])
    assert [table.staging_name for table in merged.source.tables] == ["orders", "old_orders"]
    assert merged.source.tables[1].primary_key == ["id"]


def test_advice_fills_in_only_what_is_open() -> None:
    live = probed("users", ("id", "bigint"), ("email", "text"), ("updated_at", "timestamp"), key=("id",))
    source = Source(name="s", type="sqlite")
    design = PipelineDesign(sources=[source])
    design.destination.type = "duckdb"
    table = new_table(live)
    table.primary_key = []
    done = apply_advice(table, advise_table(design, source, live), source)
    assert table.primary_key == ["id"]
    assert table.extraction == Extraction(strategy="incremental", watermark_column="updated_at")
    assert table.loading is not None
    assert table.loading.strategy == "upsert"
    assert table.pii == {"email": "tokenize"}
    assert len(done) == 5
    assert apply_advice(table, advise_table(design, source, live), source) == []

    decided = new_table(live)
    decided.primary_key = ["email"]
    decided.extraction = Extraction(strategy="full")
    decided.pii = {"email": "mask"}
    apply_advice(decided, advise_table(design, source, live), source)
    assert (decided.primary_key, decided.extraction.strategy, decided.pii) == (
        ["email"],
        "full",
        {"email": "mask"},
    )


def test_the_sources_own_defaults_count_as_decided() -> None:
    live = probed("users", ("id", "bigint"), ("updated_at", "timestamp"), key=("id",))
    source = Source(
        name="s", type="sqlite", extraction=Extraction(strategy="incremental", watermark_column="id")
    )
    table = new_table(live)
    apply_advice(table, advise_table(PipelineDesign(sources=[source]), source, live), source)
    assert table.extraction is None


def test_a_file_set_is_staged_under_its_plain_name_not_its_glob() -> None:
    live = ProbedTable(name="exports/*.csv", alias="exports", kind="files")
    assert new_table(live).staging_name == "exports"
    assert new_table(live, ["exports"]).staging_name == "exports_2"
