"""Columns that hold personal data, found by name and by sample values, with what to do about them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from generator.connectors.catalog import ProbedColumn, Profile, Sample
from generator.design.models import Column, PiiAction, PipelineDesign

from .advice import Advice


@dataclass(frozen=True)
class _Kind:
    """One kind of personal data; ``name`` matches a whole snake_case column name, ``value`` a whole value."""

    title: str
    action: PiiAction
    name: str
    value: str = ""


# First match wins. What joins or counts people is tokenized; what only describes them is masked or dropped.
_KINDS = (
    _Kind("password or secret", "drop",
          r"(.*_)?(password|passwd|pwd|passphrase|secret|pin_code|api_key|auth_token)(_hash)?"),
    _Kind("card number", "drop", r"(.*_)?(card_number|credit_card|cc_number|card_no|pan|cvv|cvc)"),
    _Kind("national identity number", "tokenize",
          r"(.*_)?(ssn|social_security(_number)?|national_id|passport(_number|_no)?|tax_id|tin|nin|steuer_?id|nir)"),
    _Kind("IBAN or bank account", "tokenize", r"(.*_)?(iban|bank_account(_number)?|account_number|bic|swift)",
          r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?"),
    _Kind("email address", "tokenize", r"(.*_)?(e_?mail|mail_address)(_address|_addr|\d)?",
          r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}"),
    _Kind("phone number", "drop", r"(.*_)?(phone|telephone|mobile|cell|fax|msisdn|tel)(_number|_no|_nr|\d)?",
          r"\+\d{1,3}[\d ()/.-]{6,16}"),
    _Kind("IP address", "mask", r"(.*_)?(ip|ip_addr(ess)?|ipv4|ipv6|remote_addr|client_ip)",
          r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"),
    _Kind("date of birth", "drop",
          r"(.*_)?(birth_?date|date_of_birth|dob|birthday|born(_on|_at)?|birth_?day|birth_year)"),
    _Kind("person's name", "mask",
          r"(first|last|middle|full|given|family|sur|maiden|display|contact|customer|employee|person|patient|guest)"
          r"_?name|surname|forename|vorname|nachname|nickname"),
    _Kind("postal address", "mask",
          r"(.*_)?(street|street_?address|address|addr|address_?line_?\d?|house_(no|number)|postal_address)"),
    _Kind("location", "mask", r"(.*_)?(latitude|longitude|geo_?location|gps(_.*)?)"),
    _Kind("health data", "drop", r"(.*_)?(diagnosis|icd_?10|blood_type|medication|allergies|disability)"),
    _Kind("special category", "drop",
          r"(.*_)?(religion|ethnicity|race|sexual_orientation|political_.*|union_member)"),
    _Kind("device identifier", "tokenize",
          r"(.*_)?(device_id|advertising_id|idfa|gaid|imei|mac_address|cookie_id)"),
)  # fmt: skip
_COMPILED = [(kind, re.compile(kind.name), re.compile(kind.value) if kind.value else None) for kind in _KINDS]
_NOT_PERSONAL = re.compile(r"(.*_)?(count|id_count|verified|confirmed|opt_in|opt_out|enabled|sent_at|at)")
_WHY = {
    "drop": "analysis rarely needs it, and what is not stored cannot leak",
    "mask": "it describes a person; masked it still shows that a value is there",
    "tokenize": "it identifies a person; a token still joins and counts",
}
_SHARE_OF_VALUES = 0.8


def advise_personal_data(
    column: Column | ProbedColumn, *, values: Sequence[str | None] = (), key: bool = False
) -> Advice[PiiAction] | None:
    """Say what kind of personal data a column seems to hold and what to do; None when it does not seem to.

    Args:
        column: Name and type.
        values: Sample values, as text.
        key: The column is part of a key: then it must still identify rows, so it is tokenized.
    """
    found = _by_name(column) or _by_values(column, values)
    if found is None:
        return None
    kind, rule, seen = found
    action: PiiAction = "tokenize" if key else kind.action
    other: PiiAction = "drop" if action != "drop" else "tokenize"
    return Advice(
        action,
        f"looks like {_article(kind.title)} ({seen}); {_WHY[action]}",
        other,
        "when nobody needs it downstream" if other == "drop" else "when it must still join or count people",
        rule=f"pii.{rule}.{snake_case(kind.title)}",
    )


def personal_columns(
    columns: Sequence[Column | ProbedColumn],
    *,
    profile: Profile | None = None,
    sample: Sample | None = None,
    key: Sequence[str] = (),
) -> dict[str, Advice[PiiAction]]:
    """Return the columns that seem to hold personal data, each with its advice."""
    result = {}
    for column in columns:
        values: list[str | None] = []
        if sample is not None and column.name in sample.columns:
            position = sample.columns.index(column.name)
            values = [row[position] for row in sample.rows]
        elif profile is not None and (facts := profile.columns.get(column.name)):
            values = [facts.minimum, facts.maximum, *facts.top_values]
        if advice := advise_personal_data(column, values=values, key=column.name in key):
            result[column.name] = advice
    return result


def untreated_personal_data(design: PipelineDesign) -> tuple[str, ...]:
    """Return, under gdpr or hipaa, ``table.column`` of what looks personal and has no action."""
    if not {"gdpr", "hipaa"} & set(design.requirements.compliance):
        return ()
    return tuple(
        f"{table.staging_name}.{column.name}"
        for source in design.sources
        for table in source.tables
        for column in table.columns_probed
        if (table.columns == "*" or column.name in table.columns)
        and column.name not in table.pii
        and _by_name(column) is not None
    )


def _by_name(column: Column | ProbedColumn) -> tuple[_Kind, str, str] | None:
    kind = _kind_of(column.name) if column.type != "boolean" else None
    return (kind, "by_name", "by its name") if kind is not None else None


@lru_cache(maxsize=16_384)
def _kind_of(column_name: str) -> _Kind | None:
    name = snake_case(column_name)
    if _NOT_PERSONAL.fullmatch(name):
        return None
    return next((kind for kind, pattern, _ in _COMPILED if pattern.fullmatch(name)), None)


def _by_values(column: Column | ProbedColumn, values: Sequence[str | None]) -> tuple[_Kind, str, str] | None:
    present = [value.strip() for value in values if value]
    if column.type != "text" or not present:
        return None
    for kind, _, pattern in _COMPILED:
        if pattern is None:
            continue
        share = sum(pattern.fullmatch(value) is not None for value in present) / len(present)
        if share >= _SHARE_OF_VALUES:
            return kind, "by_values", f"{share:.0%} of its sample values do"
    return None


@lru_cache(maxsize=16_384)
def snake_case(name: str) -> str:
    """Return a column name in snake_case, as ``email_address`` for ``emailAddress``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^0-9a-z]+", "_", spaced.lower()).strip("_")


def _article(title: str) -> str:
    return f"{'an' if title[0] in 'aeiouAEIOU' and not title.startswith('IB') else 'a'} {title}"
