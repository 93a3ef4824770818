"""A file that cannot be read is told in one sentence: which, where in it, what to do; never what the line holds."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from templates.src.utils.retry import PipelineError
from tests.runtime.core.project import Project, config, table

PLANTED = "anna@planted.example"
SOUND = b"id,email\n" + b"".join(b"%d,user@example.com\n" % number for number in range(30_000))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "people.csv", SOUND + f"30001,{PLANTED},x\n".encode(),
            "{file}, line 30002: Expected Number of Columns: 2 Found: 3; mend the line in the file",
        ),
        (
            "people.csv", SOUND + f"30001,{PLANTED}".encode() + b"\xff\n",
            "{file}, line 30002: Invalid unicode (byte sequence mismatch) detected. This file is not utf-8 encoded;"
            " mend the line in the file",
        ),
        (
            "people.csv", SOUND[:900].rpartition(b"\n")[0].replace(b"\n", b"\r\n") + f"\r\n9,{PLANTED}\n".encode(),
            "{file} cannot be read as CSV: give every line as many fields as the first and the same line end, or name"
            " the `delimiter` in the source's connection",
        ),
        (
            "people.jsonl", b'{"id": 1, "email": "a"}\n{"id": 2, "email": "' + PLANTED.encode() + b'\n',
            "Malformed JSON in file \"{file}\", at byte ",
        ),
    ],
)  # fmt: skip
def test_the_file_and_line_are_told_and_not_what_is_in_it(
    name: str, content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(content)
    source = {"name": "drop", "type": "files", "connection": {"path": "in"}}
    item = table(name, {"id": "bigint", "email": "text"}, key=["id"], alias="people")
    made = Project(tmp_path, config(item, source=source))
    with pytest.raises(PipelineError) as failed:
        made.run()
    assert told.format(file=tmp_path / "in" / name) in str(failed.value)
    assert "\n" not in str(failed.value)
    assert PLANTED not in str(failed.value) + capsys.readouterr().err


def test_a_file_that_is_source_and_destination_at_once_is_refused(tmp_path: Path) -> None:
    source = {"name": "shop", "type": "duckdb", "connection": {"path": "warehouse.duckdb"}}
    duckdb.connect(tmp_path / "warehouse.duckdb").execute("CREATE TABLE people (id BIGINT)").close()
    made = Project(tmp_path, config(table("people", {"id": "bigint"}), source=source))
    with pytest.raises(
        PipelineError, match=r"warehouse\.duckdb is source and destination .*; give each a file of its own"
    ):
        made.run()
