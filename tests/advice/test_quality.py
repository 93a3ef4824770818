"""Suggested checks: the right ones, at the right stage, none that cries wolf."""

from __future__ import annotations

from generator.advice.quality import SuggestedCheck, suggest_checks
from generator.checks.catalogue import problems
from generator.connectors.catalog import ColumnProfile, ForeignKey, ProbedTable, Profile
from generator.demo import demo_design
from generator.design.models import Check, Column, Extraction, PipelineDesign, Source, Table
from generator.sql.design_tables import design_tables, output_name, staging_tables


def design(
    *columns: tuple[str, str], key: list[str] | None = None, name: str = "orders", **extraction: str
) -> PipelineDesign:
    table = Table(table=name, primary_key=key or [])
    table.columns_probed = [Column(name=column, type=kind) for column, kind in columns]
    table.extraction = Extraction.model_validate(extraction) if extraction else None
    return PipelineDesign(sources=[Source(name="s", type="sqlite", tables=[table])])


def profile(rows: int = 5_000, **columns: ColumnProfile) -> dict[str, Profile]:
    return {"orders": Profile(table="orders", sampled_rows=rows, columns=columns)}


def told(found: list[SuggestedCheck]) -> dict[tuple[str, str], Check]:
    return {
        (item.check.check, item.check.column or "+".join(item.check.columns)): item.check for item in found
    }


def facts(
    low: str | None = None, high: str | None = None, *values: str, nulls: float = 0, distinct: int = 99
) -> ColumnProfile:
    return ColumnProfile(
        null_rate=nulls, distinct=len(values) or distinct, minimum=low, maximum=high, top_values=values
    )


def test_key_emptiness_and_freshness() -> None:
    found = suggest_checks(
        design(
            ("id", "bigint"),
            ("updated_at", "timestamp"),
            key=["id"],
            strategy="full",
            watermark_column="updated_at",
        )
    )
    checks = told(found)
    assert checks["not_null", "id"].severity == "critical"
    assert checks["unique", "id"].severity == "error"
    assert checks["row_count", ""].min_rows == 1
    assert checks["freshness", "updated_at"].max_age_hours == 48
    assert {item.stage for item in found} == {"pre_transform"}
    assert all(item.advice.reason for item in found)


def test_a_copied_increment_is_judged_before_it_is_published() -> None:
    found = suggest_checks(
        design(
            ("id", "bigint"),
            ("updated_at", "timestamp"),
            key=["id"],
            strategy="incremental",
            watermark_column="updated_at",
        )
    )
    stages = {item.check.check: item.stage for item in found}
    assert {"row_count", "freshness", "not_null"} <= set(stages)
    assert set(stages.values()) == {"pre_transform"}


def test_values_are_bounded_by_meaning_not_by_the_sample() -> None:
    given = design(
        ("status", "text"), ("name", "text"), ("quantity", "integer"), ("amount", "double"), ("discount_percent", "double"),
        ("temperature", "double"),
    )  # fmt: skip
    checks = told(
        suggest_checks(
            given,
            profiles=profile(
                status=facts("a", "b", "a", "b"),
                name=facts("a", "z", "a", "z"),
                quantity=facts("1", "90"),
                amount=facts("1", "90"),
                discount_percent=facts("0", "15"),
                temperature=facts("3", "30"),
            ),
        )
    )
    assert checks["accepted_values", "status"].values == ["a", "b"]
    assert ("accepted_values", "name") not in checks
    assert (checks["range", "quantity"].min, checks["range", "quantity"].max) == (0, None)
    assert (checks["range", "discount_percent"].min, checks["range", "discount_percent"].max) == (0, 100)
    assert ("range", "amount") not in checks
    assert ("range", "temperature") not in checks
    assert all(
        check.severity == "warn"
        for (kind, _), check in checks.items()
        if kind in {"range", "accepted_values"}
    )


def test_a_small_sample_or_values_beyond_the_bound_suggest_nothing() -> None:
    given = design(("status", "text"), ("quantity", "integer"))
    small = suggest_checks(
        given, profiles=profile(100, status=facts("a", "b", "a", "b"), quantity=facts("1", "9"))
    )
    assert {kind for kind, _ in told(small)} == {"row_count"}
    negative = suggest_checks(given, profiles=profile(quantity=facts("-1", "9")))
    assert {kind for kind, _ in told(negative)} == {"row_count"}


def test_some_nulls_give_a_rate_with_room() -> None:
    checks = told(suggest_checks(design(("region", "text")), profiles=profile(region=facts(nulls=0.04))))
    assert checks["null_rate", "region"].max_percent == 8


def test_foreign_keys_between_picked_tables() -> None:
    given = design(("id", "bigint"), ("customer_id", "bigint"), key=["id"])
    probed = ProbedTable(
        name="orders",
        foreign_keys=(ForeignKey(columns=("customer_id",), table="customers", references=("customer_id",)),),
    )
    assert ("referential_integrity", "customer_id") not in told(suggest_checks(given, {"orders": probed}))
    given.sources[0].tables.append(
        Table.model_validate({"table": "customers", "schema": [{"name": "customer_id", "type": "bigint"}]})
    )
    check = told(suggest_checks(given, {"orders": probed}))["referential_integrity", "customer_id"]
    assert (check.reference_table, check.reference_columns, check.severity) == (
        "customers",
        ["customer_id"],
        "warn",
    )


def test_personal_data_never_shows_in_a_check() -> None:
    given = design(("status", "text"))
    given.sources[0].tables[0].pii = {"status": "tokenize"}
    checks = told(suggest_checks(given, profiles=profile(status=facts("a", "b", "a", "b"))))
    assert ("accepted_values", "status") not in checks


def test_what_is_there_is_not_suggested_again_and_all_are_valid() -> None:
    given = demo_design("demo")
    found = suggest_checks(given)
    assert ("unique", "day+region") not in {
        (item.check.check, "+".join(item.check.columns)) for item in found if item.stage == "post_transform"
    }
    tables = {
        name.partition(".")[2]: columns
        for name, columns in {**staging_tables(given), **design_tables(given)}.items()
    }
    for item in found:
        assert problems(item.check, tables[item.check.table or ""] or None, stage=item.stage) == []
    for item in found:
        getattr(given.quality, item.stage).append(item.check)
    assert suggest_checks(given) == []
    assert output_name(given.transformations[0], given) == "analytics.daily_revenue"
