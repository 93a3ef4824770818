"""References are replaced from the environment or from mounted files; what is missing is named, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.connectors.environment import env_references, expand, resolve
from generator.connectors.registry import connector
from generator.errors import ProbeError

CONNECTION = {"host": "${SHOP_HOST}", "port": 5432, "database": "shop", "username": "${SHOP_USER}",
              "password": "${SHOP_PASSWORD}"}  # fmt: skip
Postgres = connector("postgres").Settings


def test_references_are_listed_once_in_order() -> None:
    assert env_references({"a": "${B}/${A}", "b": "${B}", "c": 1, "d": "$E ${not-a-name}"}) == ["B", "A"]


def test_values_come_from_the_environment() -> None:
    env = {"SHOP_HOST": "db", "SHOP_USER": "reader", "SHOP_PASSWORD": "p@ss ${X}"}
    settings = expand(Postgres, CONNECTION, env)
    assert settings.model_dump()["host"] == "db"
    # A value is never expanded a second time.
    assert settings.model_dump()["password"] == "p@ss ${X}"


def test_all_missing_variables_are_named_at_once() -> None:
    with pytest.raises(ProbeError) as caught:
        expand(Postgres, CONNECTION, {"SHOP_USER": "reader"}, where="sources[0].connection")
    error = caught.value
    assert error.kind == "missing_settings"
    assert "SHOP_HOST, SHOP_PASSWORD are not set" in str(error)
    assert str(error).startswith("sources[0].connection: ")


def test_a_mounted_secret_is_read_without_its_line_end(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("from file \n")
    assert resolve({"password": "${P}"}, {"P_FILE": str(secret)}) == {"password": "from file "}
    assert resolve({"password": "${P}"}, {"P_FILE": str(secret), "P": "direct"}) == {"password": "direct"}


def test_an_unreadable_secret_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProbeError) as caught:
        resolve({"password": "${P}"}, {"P_FILE": str(tmp_path / "none")})
    assert "P_FILE" in str(caught.value)


def test_wrong_values_are_told_without_being_repeated() -> None:
    env = {"SHOP_HOST": "db", "SHOP_USER": "u", "SHOP_PASSWORD": "hunter2-secret"}
    wrong = CONNECTION | {"port": "${SHOP_PASSWORD}", "colour": "red"}
    with pytest.raises(ProbeError) as caught:
        expand(Postgres, wrong, env)
    text = str(caught.value)
    assert "port" in text
    assert "colour: is no field of this connector" in text
    assert "hunter2" not in text
    assert caught.value.__cause__ is None
    assert "hunter2" not in repr(caught.value.__context__)


def test_an_empty_variable_is_a_missing_field() -> None:
    with pytest.raises(ProbeError) as caught:
        expand(Postgres, CONNECTION, {"SHOP_HOST": "", "SHOP_USER": "u", "SHOP_PASSWORD": ""})
    assert "host: is required" in str(caught.value)
    assert "password" not in caught.value.what
