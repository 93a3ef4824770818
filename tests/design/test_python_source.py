"""Python is parsed from several threads at once: the screens check code while a project is rendered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import generator
from generator.design.python_source import parse_python

SOURCES = [path.read_text() for path in sorted(Path(generator.__file__).parent.rglob("*.py"))]


@pytest.mark.slow
def test_parsing_in_many_threads_never_fails() -> None:
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(parse_python, SOURCES * 3))
    assert len(trees) == len(SOURCES) * 3
