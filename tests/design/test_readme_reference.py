"""README names everything a design file may say of connections, checks and personal data."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from generator.checks.catalogue import CHECKS
from generator.connectors.registry import all_connectors
from generator.design.models import AlertChannel, Contract, Loading, PiiAction, Severity

README = (Path(__file__).parents[2] / "README.md").read_text()
TABLE = README.partition("What the example does not show:")[2].partition("\nOnly `probe`")[0]


def row(name: str) -> str:
    """Return the row of the table that is about a name."""
    return next(line for line in TABLE.splitlines() if f"`{name}`" in line.partition(" | ")[0])


@pytest.mark.parametrize("kind", CHECKS)
def test_every_check_is_there_with_its_fields(kind: str) -> None:
    entry = CHECKS[kind]
    named = {name for names in entry.required for name in names} | set(entry.optional)
    for name in named - {"allow_null"}:
        assert f"`{name}`" in row(kind), name


def test_every_setting_of_a_connection_is_there() -> None:
    for system in all_connectors():
        told = row("connection").partition(f"`{system.id}`")[2].partition("|")[0]
        for name in system.Settings.model_fields:
            assert f"`{name}`" in told, (system.id, name)


def test_every_choice_is_there() -> None:
    for words, name in ((get_args(PiiAction), "tables[].pii"), (get_args(Severity), "final")):
        assert all(f"`{word}`" in row(name) for word in words)
    for field in Contract.model_fields:
        assert f"`{field}`" in row("tables[].contract")
    for field in set(Loading.model_fields) - {"cluster_fields"}:
        assert f"`{field}`" in row("loading")
    for kind in get_args(AlertChannel.model_fields["type"].annotation):
        assert kind in row("monitoring.alerts.channels")
