"""User text cannot get into a file but through the encoder of its language."""

from __future__ import annotations

import ast
import shlex
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import DesignError
from generator.project.encoders import (
    ALLOWED,
    Encoded,
    Identifier,
    UnencodedTextError,
    code,
    finalizer,
    joined,
    md,
    one_line,
    py,
    sh,
    sql_comment,
    toml,
    unit,
    yaml_scalar,
)
from generator.project.serialize import json_text, toml_text, yaml_text

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_a_python_literal_reads_back_equal(value: object) -> None:
    assert ast.literal_eval(str(py(value))) == value


@given(TEXT)
def test_a_toml_string_reads_back_equal(text: str) -> None:
    assert tomllib.loads(f"value = {toml(text)}")["value"] == text


@given(TEXT)
def test_a_toml_document_reads_back_equal(text: str) -> None:
    document = {"a": text, text or "empty": 1, "table": {"key": [text, text]}}
    assert tomllib.loads(toml_text(document)) == document


@given(TEXT)
def test_a_yaml_scalar_reads_back_equal(text: str) -> None:
    assert yaml.safe_load(f"value: {yaml_scalar(text)}")["value"] == text


@given(st.dictionaries(TEXT, SCALARS, max_size=5))
def test_a_yaml_document_reads_back_equal(document: dict[str, object]) -> None:
    assert yaml.safe_load(yaml_text(document, header=["any\nheader"])) == document


@given(TEXT)
def test_a_shell_word_is_one_word(text: str) -> None:
    assert shlex.split(str(sh(text))) == [one_line(text)]


@given(TEXT)
def test_a_comment_stays_a_comment(text: str) -> None:
    assert all(line.startswith("--") for line in str(sql_comment(text)).split("\n"))


@given(TEXT)
def test_text_in_markdown_is_no_markup(text: str) -> None:
    line = str(md(text))
    plain = line.replace("\\\\", "")
    assert "\n" not in line
    for mark in "`*[]<>|":
        assert mark not in plain.replace(f"\\{mark}", "")
    assert not line.startswith(("#", "- ", "+ ", "="))


@given(TEXT)
def test_inline_code_cannot_be_left(text: str) -> None:
    shown = str(code(text))
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    assert shown.endswith(fence)
    assert fence not in shown[len(fence) : -len(fence)].replace(fence + "`", "")


@given(TEXT)
def test_a_value_in_a_unit_stays_on_its_line(text: str) -> None:
    assert "\n" not in unit(text)
    assert unit(text).replace("%%", "").count("%") == 0


@pytest.mark.parametrize("language", sorted(ALLOWED))
def test_raw_text_is_refused_in_every_language(language: str) -> None:
    with pytest.raises(UnencodedTextError, match="raw str"):
        finalizer(language)("anything")


def test_text_encoded_for_another_language_is_refused() -> None:
    with pytest.raises(UnencodedTextError, match="encoded for md"):
        finalizer("py")(md("text"))


@pytest.mark.parametrize("value", [None, True, b"bytes", ["list"]])
def test_values_that_are_no_text_are_refused_too(value: object) -> None:
    with pytest.raises(UnencodedTextError):
        finalizer("py")(value)


def test_joining_keeps_the_language_and_refuses_plain_text() -> None:
    assert joined([md("a"), md("b")]).language == "md"
    with pytest.raises(UnencodedTextError):
        joined([md("a"), "b"])
    with pytest.raises(UnencodedTextError):
        joined([md("a"), py("b")])


@pytest.mark.parametrize("name", ["shop_orders", "Shop2", "_x"])
def test_a_valid_name_is_an_identifier(name: str) -> None:
    assert finalizer("py")(Identifier(name)) == name


@pytest.mark.parametrize(
    "name", ["", "2shop", "shop-orders", "shop orders", "class", "json", "a;b", "é" * 3 + "'"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(DesignError):
        Identifier(name)


def test_json_keeps_every_character() -> None:
    assert json_text({"a": "ü\u2028\x00"}).startswith("{\n")


def test_encoded_text_knows_its_language() -> None:
    assert Encoded("x", "py").language == "py"


def test_only_a_number_that_would_begin_a_list_is_escaped() -> None:
    assert [str(md(text)) for text in ("1.0.0", "2026-11-23", "1. first", "2)", "3) x")] == [
        "1.0.0", "2026-11-23", "1\\. first", "2\\)", "3\\) x"
    ]  # fmt: skip
