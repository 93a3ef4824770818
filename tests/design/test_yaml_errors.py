"""A file that is not well-formed is refused with file, line, column, key and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.design.yaml_io import (
    MalformedDesignError,
    NewerDesignError,
    dump_design,
    load_design,
    parse_design,
)
from generator.errors import DesignError


def fault_of(text: str) -> tuple[int, int, str, str]:
    with pytest.raises(MalformedDesignError) as caught:
        parse_design(text, "design.yaml")
    first = caught.value.faults[0]
    return first.line, first.column, first.key, str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("version: 1\npipeline: {name: a\n", 3, 1, "not valid YAML"),
        ("a: b: c\n", 1, 5, "not valid YAML"),
        ("version: 1\n\tpipeline: {}\n", 2, 1, "indent with spaces"),
        ("version: 1\nversion: 1\n", 2, 1, "given twice (first in line 1)"),
        ("version: 1\n---\nversion: 1\n", 2, 1, "second document"),
        ("", 1, 1, "empty"),
        ("# nothing\n", 1, 1, "empty"),
        ("- a\n", 1, 1, "mapping of sections"),
        ("x: !!python/object/apply:os.system [ls]\n", 1, 4, "tag"),
        ("x: &a [*a]\n", 1, 8, "refers to itself"),
        ("x: *a\n", 1, 4, "no anchor"),
        ("<<: {version: 1}\n", 1, 1, "merge keys"),
        ("[a, b]: c\n", 1, 1, "key must be plain text"),
        ("pipeline:\n  name: \x07\n", 2, 9, "does not allow"),
        ("x: " + "[" * 200, 1, 44, "nested"),
    ],
)
def test_syntax_errors_name_the_place(text: str, line: int, column: int, said: str) -> None:
    found = fault_of(text)
    assert said.lower() in found[3].lower()
    assert found[:2] == (line, column)
    assert found[3].startswith("design.yaml, line ")


@pytest.mark.parametrize(
    ("text", "line", "column", "key", "said"),
    [
        ("pipelin: {}\n", 1, 1, "pipelin", "did you mean pipeline?"),
        ("pipeline:\n  nmae: a\n", 2, 3, "pipeline.nmae", "did you mean name?"),
        ("sources:\n  - name: a\n    tables:\n      - {tabel: x}\n", 4, 10, "sources[0].tables[0].tabel", "mean table?"),
        ("destination: {shema: x}\n", 1, 15, "destination.shema", "did you mean schema?"),
        ("pipeline:\n  max_runtime_minutes: soon\n", 2, 3, "pipeline.max_runtime_minutes", "expected a whole number"),
        ("pipeline:\n  version: 1.0\n", 2, 3, "pipeline.version", "put the value in quotes"),
        ("technology: {compute: sqll}\n", 1, 14, "technology.compute", "did you mean sql?"),
        ("sources: {name: a}\n", 1, 1, "sources", "expected a list, got a mapping"),
        ("pipeline: shop\n", 1, 1, "pipeline", "expected a mapping"),
        ("requirements: {freshness_minutes: -1}\n", 1, 16, "requirements.freshness_minutes", "greater than 0"),
        ("sources: [{tables: [{columns: 5}]}]\n", 1, 22, "sources[0].tables[0].columns", 'expected "*" or a list'),
        ("sources: [{tables: [{schema: [{type: text}]}]}]\n", 1, 31, "sources[0].tables[0].schema[0]", "name is missing"),
        ("sources: [{tables: [{schema: [{name: a, type: txt}]}]}]\n", 1, 41, "sources[0].tables[0].schema[0].type", "is not a column type"),
        ("sources: [{connection: {path: [a]}}]\n", 1, 25, "sources[0].connection.path", "expected text or a whole number"),
        ("version: soon\n", 1, 1, "version", "expected a whole number"),
        ("version: 0\n", 1, 1, "version", "no such version"),
        ("requirements: {freshness_minutes: .nan}\n", 1, 16, "requirements.freshness_minutes", "number"),
    ],
)  # fmt: skip
def test_wrong_keys_and_types_name_the_key(text: str, line: int, column: int, key: str, said: str) -> None:
    found = fault_of(text)
    assert found[:3] == (line, column, key)
    assert said.lower() in found[3].lower()


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(MalformedDesignError) as caught:
        parse_design("pipeline:\n  nmae: a\n  tags: 5\nquality: []\n", "d.yaml")
    assert [fault.line for fault in caught.value.faults] == [2, 3, 4]
    assert "(and 2 more)" in str(caught.value)
    assert len(caught.value.sentences()) == 3


def test_alias_bomb_is_refused_at_once() -> None:
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    assert "too many values" in fault_of(f"a0: &a0 [x, x, x, x, x, x, x, x, x]\n{levels}\n")[3]


def test_aliases_are_copied_so_that_parts_stay_independent() -> None:
    design = parse_design(
        "sources: [{tables: [{table: a, primary_key: &k [id]}, {table: b, primary_key: *k}]}]\n"
    )
    design.sources[0].tables[0].primary_key.append("x")
    assert design.sources[0].tables[1].primary_key == ["id"]


def test_deep_nesting_never_overflows_the_stack() -> None:
    assert fault_of("x: " + "[" * 100_000)
    assert fault_of("\n".join(" " * n + "a:" for n in range(500)))


def test_newer_version_is_refused_and_left_untouched(tmp_path: Path) -> None:
    file = tmp_path / "draft.yaml"
    file.write_text("version: 2\nsomething_new: {}\n")
    with pytest.raises(NewerDesignError, match=r"version 2.*reads version 1"):
        load_design(file)
    assert file.read_text() == "version: 2\nsomething_new: {}\n"


def test_missing_version_is_version_1() -> None:
    assert parse_design("pipeline: {name: a}\n").version == 1


def test_words_stay_words() -> None:
    design = parse_design(
        "quality: {final: [{check: accepted_values, values: [no, on, 1_000, 12:30:45, 2024-01-01]}]}\n"
    )
    assert design.quality.final[0].values == ["no", "on", "1_000", "12:30:45", "2024-01-01"]
    assert parse_design(dump_design(design)) == design


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe\x00", "UTF-8"), (b"a: \xc3\x28\n", "line 1, column 4")]
)
def test_other_encodings_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "d.yaml"
    file.write_bytes(content)
    with pytest.raises(DesignError, match=said):
        load_design(file)


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="no such file"):
        load_design(tmp_path / "none.yaml")
    with pytest.raises(DesignError, match="is a folder"):
        load_design(tmp_path)


def test_query_beside_the_design_is_read_in_but_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "q.sql").write_text("SELECT 1\n")
    (tmp_path.parent / "outside.sql").write_text("SELECT 2\n")
    file = tmp_path / "d.yaml"
    file.write_text(
        "transformations: [{name: a, sql_file: sql/q.sql}, {name: b, sql_file: ../outside.sql}]\n"
    )
    inside, outside = load_design(file).transformations
    assert (inside.sql, inside.sql_file) == ("SELECT 1\n", None)
    assert (outside.sql, outside.sql_file) == (None, "../outside.sql")
