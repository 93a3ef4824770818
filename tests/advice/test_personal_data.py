"""Personal data: found by name and by values, without crying wolf."""

from __future__ import annotations

import pytest

from generator.advice.personal_data import advise_personal_data, personal_columns
from generator.connectors.catalog import Sample
from generator.design.models import Column


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("email", "tokenize"),
        ("emailAddress", "tokenize"),
        ("E-Mail", "tokenize"),
        ("customer_email", "tokenize"),
        ("phone", "drop"),
        ("mobile_number", "drop"),
        ("first_name", "mask"),
        ("LastName", "mask"),
        ("full_name", "mask"),
        ("street_address", "mask"),
        ("address_line1", "mask"),
        ("iban", "tokenize"),
        ("ip_address", "mask"),
        ("client_ip", "mask"),
        ("birth_date", "drop"),
        ("date_of_birth", "drop"),
        ("dob", "drop"),
        ("ssn", "tokenize"),
        ("passport_number", "tokenize"),
        ("password_hash", "drop"),
        ("card_number", "drop"),
        ("diagnosis", "drop"),
        ("device_id", "tokenize"),
        ("name", None),
        ("product_name", None),
        ("email_verified", None),
        ("email_count", None),
        ("email_sent_at", None),
        ("status", None),
        ("amount", None),
        ("description", None),
        ("shipping", None),
        ("relationship", None),
        ("country", None),
    ],
)
def test_names(name: str, action: str | None) -> None:
    advice = advise_personal_data(Column(name=name))
    assert (advice.choice if advice else None) == action
    if advice:
        assert advice.reason
        assert advice.alternative != advice.choice


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["ann@example.com", "bob@example.org", None], "email"),
        (["+49 30 1234567", "+1 (212) 555-0100"], "phone"),
        (["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"], "IBAN"),
        (["192.168.0.1", "10.0.0.255"], "IP"),
        (["ann@example.com", "nothing", "no", "none"], None),
        (["1.2.3", "4.5.6"], None),
        (["300.1.1.1", "999.9.9.9"], None),
        ([None], None),
    ],
)
def test_values(values: list[str | None], kind: str | None) -> None:
    advice = advise_personal_data(Column(name="contact"), values=values)
    assert (advice is None) if kind is None else (advice is not None and kind in advice.reason)


def test_a_flag_is_no_personal_data() -> None:
    assert advise_personal_data(Column(name="phone", type="boolean")) is None


def test_a_key_is_tokenized_never_dropped() -> None:
    sample = Sample(columns=("phone",), rows=(("x",),))
    found = personal_columns([Column(name="phone")], sample=sample, key=["phone"])
    assert found["phone"].choice == "tokenize"
