"""What every connector promises, asked of every connector over a live system."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from generator.connectors.base import Connector, ConnectorSettings
from generator.connectors.catalog import Catalog, ProbedTable, Profile, Sample
from generator.connectors.jobs import Request, start
from generator.connectors.registry import all_connectors, connector, connector_ids
from generator.design.types import normalize_type
from generator.errors import ProbeError
from tests.connectors.conftest import SYSTEMS
from tests.connectors.systems import CUSTOMERS, HOSTILE_COLUMNS, MANY, ORDERS, System

SECRET = "s3cret-value-of-this-test"


def opened(system: System) -> tuple[Connector, ConnectorSettings]:
    found = connector(system.connector)
    return found, found.Settings.model_validate(system.connection)


def named(catalog: Catalog, name: str) -> ProbedTable:
    return next(table for table in catalog.tables if (table.alias or table.name) == name)


def test_every_connector_is_in_this_suite() -> None:
    assert {param.values[0] for param in SYSTEMS} == set(connector_ids())


@pytest.mark.parametrize("name", connector_ids())
def test_it_describes_itself(name: str) -> None:
    found = connector(name)
    assert found.id == name
    assert found.title
    assert found.summary
    assert "destination" not in found.summary_as("source")
    assert "source" not in found.summary_as("destination")
    assert found.roles <= {"source", "destination"}
    if "source" in found.roles:
        assert "full" in found.capabilities.extraction
        assert found.templates.source
    if "destination" in found.roles:
        assert found.capabilities.loading
        assert found.capabilities.guarantee
        assert found.templates.destination
    assert all("<" in package and ">=" in package for package in found.requirements.packages)


@pytest.mark.parametrize("name", connector_ids())
def test_every_setting_has_a_title_and_a_help(name: str) -> None:
    settings = connector(name).Settings
    for field, info in settings.model_fields.items():
        assert info.title, field
        assert len(settings.hint(field)["help"]) > 10, field
    for role in connector(name).roles:
        assert settings.names(role)


@pytest.mark.parametrize("name", connector_ids())
def test_secrets_never_show(name: str) -> None:
    found = connector(name)
    required = {field: "x" for field, info in found.Settings.model_fields.items() if info.is_required()}
    secrets = dict.fromkeys(found.Settings.secrets(), SECRET)
    settings = found.Settings.model_validate(required | secrets)
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)
    assert SECRET not in found.display(required | secrets)
    assert SECRET not in repr(Request("probe", name, settings))


def test_settings_survive_json(system: System) -> None:
    found, settings = opened(system)
    assert found.Settings.model_validate(json.loads(settings.model_dump_json())) == settings


def test_a_probe_finds_tables_and_columns(system: System) -> None:
    found, settings = opened(system)
    catalog = found.probe(settings)
    assert catalog.connector == system.connector
    assert catalog.system
    names = {table.alias or table.name for table in catalog.tables}
    assert {"customers", "orders", "visits", system.hostile_table} <= names
    orders = named(catalog, "orders")
    assert orders.namespace == system.namespace
    assert orders.column_names == ("id", "customer", "amount", "placed_at")
    assert [column.type for column in orders.columns] == ["bigint", "bigint", "decimal(10,2)", "timestamp"]
    assert [column.type for column in named(catalog, "customers").columns] == ["bigint", "text", "date"]
    for table in catalog.tables:
        for column in table.columns:
            assert normalize_type(column.type) == column.type


def test_a_probe_finds_keys_and_indexes(system: System) -> None:
    found, settings = opened(system)
    catalog = found.probe(settings)
    orders = named(catalog, "orders")
    if not system.keys:
        assert all(not table.primary_key and not table.foreign_keys for table in catalog.tables)
        return
    assert orders.primary_key == ("id",)
    assert named(catalog, "visits").primary_key == ()
    (key,) = orders.foreign_keys
    assert (key.columns, key.table, key.references) == (("customer",), "customers", ("id",))
    assert ("placed_at",) in orders.indexes
    by_name = {column.name: column for column in orders.columns}
    assert not by_name["customer"].nullable
    assert by_name["amount"].nullable


def test_a_probe_estimates_rows(system: System) -> None:
    found, settings = opened(system)
    catalog = found.probe(settings)
    assert named(catalog, "orders").rows == len(ORDERS)
    estimate = named(catalog, "visits").rows
    assert estimate is not None
    assert 0.5 * MANY < estimate < 2 * MANY


def test_a_probe_finds_views(system: System) -> None:
    found, settings = opened(system)
    catalog = found.probe(settings)
    if not system.views:
        assert all(table.kind != "view" for table in catalog.tables)
        return
    view = named(catalog, "paid")
    assert view.kind == "view"
    assert view.column_names == ("id", "amount")


def test_an_empty_system_is_empty_and_says_so(system: System) -> None:
    found = connector(system.connector)
    catalog = found.probe(found.Settings.model_validate(system.empty()))
    assert catalog.tables == ()
    assert catalog.warnings


def test_tables_are_told_as_they_are_found(system: System) -> None:
    found, settings = opened(system)
    told: list[ProbedTable] = []
    catalog = found.probe(settings, on_table=told.append)
    assert tuple(told) == catalog.tables


def test_looking_changes_nothing(system: System) -> None:
    found, settings = opened(system)
    before = system.fingerprint()
    catalog = found.probe(settings)
    for table in catalog.tables:
        found.sample(settings, table, rows=5)
        found.profile(settings, table, rows=50)
    if "destination" in found.roles:
        found.test(settings)
    assert system.fingerprint() == before


def test_a_sample_is_bounded_and_equal_to_the_source(system: System) -> None:
    found, settings = opened(system)
    catalog = found.probe(settings)
    assert len(found.sample(settings, named(catalog, "visits"), rows=7).rows) == 7
    sample = found.sample(settings, named(catalog, "customers"))
    assert sample.columns == ("id", "email", "joined")
    wanted = [tuple(None if value is None else str(value) for value in row) for row in CUSTOMERS]
    assert sorted(sample.rows) == wanted
    orders = found.sample(settings, named(catalog, "orders"))
    amounts = [None if row[2] is None else Decimal(row[2]) for row in sorted(orders.rows)]
    assert amounts == [None if row[2] is None else Decimal(row[2]) for row in ORDERS]


def test_a_profile_is_bounded_and_true(system: System) -> None:
    found, settings = opened(system)
    catalog = found.probe(settings)
    whole = found.profile(settings, named(catalog, "orders"))
    assert (whole.sampled_rows, whole.complete) == (4, True)
    assert whole.columns["id"].distinct == 4
    assert whole.columns["amount"].null_rate == 0.25
    assert Decimal(whole.columns["amount"].minimum or "nan") == Decimal("0.01")
    assert Decimal(whole.columns["amount"].maximum or "nan") == Decimal("99999.99")
    assert whole.columns["customer"].top_values == ("1", "2", "3")
    assert str(whole.columns["placed_at"].maximum).startswith("2024-03-02 10:00:01")
    part = found.profile(settings, named(catalog, "visits"), rows=1_000)
    assert 0 < part.sampled_rows <= 1_000
    assert not part.complete
    assert part.columns["page"].top_values == ("page 0", "page 1", "page 2")


def test_hostile_names_are_only_names(system: System) -> None:
    found, settings = opened(system)
    table = named(found.probe(settings), system.hostile_table)
    assert table.column_names == HOSTILE_COLUMNS
    sample = found.sample(settings, table)
    assert sample.rows == (tuple(str(value) for value in range(len(HOSTILE_COLUMNS))),)
    profile = found.profile(settings, table)
    assert [profile.columns[name].minimum for name in HOSTILE_COLUMNS] == list(sample.rows[0])


def test_results_survive_json(system: System) -> None:
    found, settings = opened(system)
    catalog = found.probe(settings)
    assert Catalog.model_validate_json(catalog.model_dump_json()) == catalog
    table = named(catalog, "orders")
    sample, profile = found.sample(settings, table), found.profile(settings, table)
    assert Sample.model_validate_json(sample.model_dump_json()) == sample
    assert Profile.model_validate_json(profile.model_dump_json()) == profile


@pytest.mark.slow
def test_a_job_gives_the_same_as_a_call(system: System) -> None:
    found, settings = opened(system)
    direct = found.probe(settings)
    events = list(start(Request("probe", system.connector, settings)).events())
    assert [kind for kind, _ in events] == ["table"] * len(direct.tables) + ["done"]
    catalog = events[-1][1]
    assert isinstance(catalog, Catalog)
    assert catalog.tables == direct.tables
    table = named(direct, "orders")
    assert start(Request("sample", system.connector, settings, table=table, rows=2)).result() == found.sample(
        settings, table, rows=2
    )
    profile = start(Request("profile", system.connector, settings, table=table)).result()
    assert profile == found.profile(settings, table)


def test_a_job_ends_at_once_when_cancelled(system: System) -> None:
    _, settings = opened(system)
    job = start(Request("probe", system.connector, settings))
    job.cancel()
    assert not job.running
    with pytest.raises(ProbeError) as caught:
        list(job.events())
    assert caught.value.kind == "cancelled"


def test_a_destination_says_who_it_is(system: System) -> None:
    found, settings = opened(system)
    assert bool(found.capabilities.loading) == ("destination" in found.roles)
    if "destination" in found.roles:
        assert found.test(settings)


def test_all_connectors_load() -> None:
    assert [found.id for found in all_connectors()] == connector_ids()
