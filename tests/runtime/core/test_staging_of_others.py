"""Staging that is not this pipeline's, or not as it was left: no row of somebody else's, none missing."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from templates.src.utils.retry import ConfigurationError
from tests.runtime.core.places import Place
from tests.runtime.core.project import Project
from tests.runtime.core.test_modelled import fill, modelled, truth


@pytest.mark.slow
@pytest.mark.parametrize("failed", [False, True])
def test_an_older_copy_of_the_state_folder_loses_no_row(
    tmp_path: Path, source: sqlite3.Connection, place: Place, failed: bool
) -> None:
    """A machine that is put back to a snapshot has staging from before the watermark that is published."""
    made = modelled(tmp_path, place)
    fill(source, 0, 60, "2024-01-01")
    made.run()
    shutil.copytree(tmp_path / ".state", tmp_path / "snapshot")
    fill(source, 60, 6, "2024-01-02")
    made.run()
    shutil.rmtree(tmp_path / ".state")
    shutil.copytree(tmp_path / "snapshot", tmp_path / ".state")
    fill(source, 66, 3, "2024-01-03")
    if failed:
        with pytest.raises(RuntimeError):
            made.pipeline(stop).run()
    made.run()
    assert place.rows("revenue", "day, revenue, orders") == truth(source)
    assert made.run().total("extracted") == 1


def stop(point: str, subject: str) -> None:
    """Fail before anything is published."""
    if point == "before_publish":
        raise RuntimeError(point)


@pytest.mark.parametrize("mode", ["modelled", "replicate"])
def test_two_pipelines_of_one_warehouse_do_not_share_a_staged_table(
    tmp_path: Path, source: sqlite3.Connection, place: Place, mode: str
) -> None:
    made = modelled(tmp_path, place)
    if mode == "replicate":
        made.config["transformations"] = []
        made.config["destination"]["loading"] = {"strategy": "upsert", "key": ["id"]}
        made.write()
    fill(source, 0, 30, "2024-01-01")
    made.run()
    other = second(tmp_path, made.config, place)
    with sqlite3.connect(other.home / "source.db", isolation_level=None) as its_own:
        fill(its_own, 1000, 50, "2024-02-01")
    shared = place.pattern == "batch_elt"
    if shared:
        with pytest.raises(ConfigurationError, match=r"orders.*belong.*shop.*staging_schema"):
            other.run()
        other.config["destination"]["staging_schema"] = "staging_of_other"
        for transformation in other.config["transformations"]:
            transformation["output_table"] = "elsewhere.revenue"
            other.transforms["revenue"] = other.transforms["revenue"].replace("staging.", "staging_of_other.")
        other.config["destination"]["schema"] = "elsewhere"
        other.write()
        other.run()
    fill(source, 30, 5, "2024-01-02")
    assert made.run().total("extracted") == 6
    if mode == "modelled":
        assert place.rows("revenue", "day, revenue, orders") == truth(source)
    else:
        assert len(place.rows("orders", "id")) == 35


def second(tmp_path: Path, like: dict[str, Any], place: Place) -> Project:
    """Return another pipeline that reads tables of the same names from a source of its own."""
    from tests.runtime.core.test_modelled import REVENUE

    home = tmp_path / "other"
    home.mkdir()
    config = {**like, "pipeline": {**like["pipeline"], "name": "other"}}
    path = like["destination"]["connection"].get("path")
    connection = {"path": str(tmp_path / path)} if path else like["destination"]["connection"]
    config["destination"] = {**like["destination"], "connection": connection}
    config["transformations"] = [dict(item) for item in like["transformations"]]
    return Project(home, config, {"revenue": REVENUE})
