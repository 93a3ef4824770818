"""A changed source table is met as its contract says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from templates.src.settings import ContractSettings, TableSettings
from templates.src.utils.schema_contract import ColumnInfo, ContractDecision, decide, holds
from tests.runtime.around.world import settings

ACTUAL = {
    "order_id": "bigint",
    "customer_id": "bigint",
    "amount": "decimal(12,2)",
    "ordered_at": "timestamptz",
}


def changed(
    tmp_path: Path, policy: ContractSettings | None = None, **columns: str | None
) -> ContractDecision:
    """Decide on the table ``orders`` with some columns of another type, new, or (None) gone."""
    table: TableSettings = settings(tmp_path).table("orders")
    table = replace(table, contract=policy or ContractSettings())
    now = {name: kind for name, kind in {**ACTUAL, **columns}.items() if kind is not None}
    return decide(table, [ColumnInfo(name, kind) for name, kind in now.items()])


def test_an_unchanged_table_is_unchanged(tmp_path: Path) -> None:
    assert not changed(tmp_path).changed


def test_a_new_column_evolves_or_is_left_out(tmp_path: Path) -> None:
    assert changed(tmp_path, note="text").added == (ColumnInfo("note", "text"),)
    frozen = changed(tmp_path, ContractSettings(new_column="freeze"), note="text")
    assert (frozen.added, frozen.ignored) == ((), (ColumnInfo("note", "text"),))


def test_a_dropped_column_is_kept_or_stops(tmp_path: Path) -> None:
    assert changed(tmp_path, amount=None).dropped == ("amount",)
    assert not changed(tmp_path, amount=None).stop_reason
    assert (
        "amount is gone"
        in changed(tmp_path, ContractSettings(dropped_column="stop"), amount=None).stop_reason
    )


@pytest.mark.parametrize(("column", "role"), [("order_id", "key"), ("ordered_at", "watermark")])
def test_a_lost_key_or_watermark_always_stops(tmp_path: Path, column: str, role: str) -> None:
    assert f"{role} column {column} is gone" in changed(tmp_path, **{column: None}).stop_reason


def test_a_wider_type_evolves_or_stops(tmp_path: Path) -> None:
    assert changed(tmp_path, amount="decimal(14,2)").widened == {"amount": "decimal(14,2)"}
    assert changed(tmp_path, ContractSettings(widened_type="stop"), amount="decimal(14,2)").stop_reason


def test_a_narrower_type_fits(tmp_path: Path) -> None:
    decision = changed(tmp_path, customer_id="integer")
    assert (decision.narrowed, decision.stop_reason) == ({"customer_id": "integer"}, "")


def test_a_conflict_makes_dead_letters_or_stops(tmp_path: Path) -> None:
    assert changed(tmp_path, amount="text").conflicts == {"amount": "text"}
    assert changed(tmp_path, ContractSettings(type_conflict="stop"), amount="text").stop_reason


def test_every_change_is_told(tmp_path: Path) -> None:
    decision = changed(tmp_path, amount="text", customer_id="integer", note="text")
    said = " ".join(decision.messages("orders"))
    assert all(name in said for name in ("amount", "customer_id", "note"))


@pytest.mark.parametrize(
    ("wide", "narrow", "lossless"),
    [
        ("bigint", "integer", True), ("integer", "bigint", False), ("double", "integer", True),
        ("double", "bigint", False), ("real", "integer", False), ("decimal(12,2)", "decimal(10,2)", True),
        ("decimal(12,4)", "decimal(12,2)", False), ("decimal(14,4)", "decimal(12,2)", True),
        ("decimal(12,2)", "integer", True), ("decimal(11,2)", "integer", False), ("decimal", "decimal(40,10)", True),
        ("decimal(40,10)", "decimal", False), ("timestamp", "date", True), ("timestamptz", "timestamp", False),
        ("bigint[]", "integer[]", True), ("text", "uuid", True), ("text", "integer", False),
    ],
)  # fmt: skip
def test_only_lossless_types_count_as_wider(wide: str, narrow: str, lossless: bool) -> None:
    assert holds(wide, narrow) is lossless
