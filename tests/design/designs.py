"""Whole designs with hostile text in every field, built from the models themselves.

A design is made from a seed: drawing each of its hundreds of fields through Hypothesis would take minutes.
"""

from __future__ import annotations

import types
from random import Random
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from generator.design.models import PipelineDesign

HOSTILE = [
    "", " ", "\n", "\n\n", "a\n", "a\n b\n", " a\nb", "a \nb", "\ta\nb", "a\n\tb", "a\r\nb", "\x00", "\x07", "\x7f", "\x85",
    "\u2028", "\ufeff", "\ufffe", "🛍️", "ключ", "yes", "No", "null", "~", "true", "1", "1.0", "1e3", "0o17", "0x1F",
    "12:30:45", "2024-01-01", "=", "<<", "- a", "a: b", "a #b", "#a", "*a", "&a", "!a", "!!python/object:os.system", "|", ">",
    "{a", "[a", "'", '"', "\\", "${A}", "${", "$(rm -rf /)", "'; DROP TABLE x; --", '"""', "{{ 7*7 }}", "{% raw %}", "../../etc",
    "con", "class", "__init__", "a" * 300, "k" * 2000, "---", "...", "%", "@", "`", "?", "? a", ":", ",", "SELECT 1\nFROM x",
    "SELECT *\n  FROM t\n\nWHERE 1\n", "[/x]", "[a=b]", "orders", "id", "staging.orders", "0 6 * * *", "a.b.c", "[" * 100,
]  # fmt: skip

text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("\n".join),
)


def _text(random: Random) -> str:
    if random.random() < 0.7:
        return random.choice(HOSTILE)
    if random.random() < 0.5:
        return "\n".join(random.choices(HOSTILE, k=3))
    return "".join(chr(c) for c in random.choices(range(0x1FFFF), k=5) if not 0xD800 <= c < 0xE000)


def _of(random: Random, annotation: Any, info: FieldInfo | None = None) -> Any:
    bounds = {type(bound): bound for bound in (info.metadata if info else [])}
    low = bounds[Ge].ge if Ge in bounds else bounds[Gt].gt + 1 if Gt in bounds else -5
    high = bounds[Le].le if Le in bounds else 10**12
    origin = get_origin(annotation)
    if annotation is type(None):
        return None
    if annotation is str:
        return _text(random)
    if annotation is bool:
        return random.random() < 0.5
    if annotation is int:
        return random.randint(low, high)
    if annotation is float:
        return random.choice([float(low), float(high), low + random.random(), low + 1e-9 * random.random()])
    if origin is Literal:
        return random.choice(get_args(annotation))
    if origin in (Union, types.UnionType):
        return _of(random, random.choice(get_args(annotation)), info)
    if origin is list:
        return [_of(random, get_args(annotation)[0]) for _ in range(random.randint(0, 3))]
    if origin is dict:
        key, value = get_args(annotation)
        return {_of(random, key): _of(random, value) for _ in range(random.randint(0, 3))}
    if hasattr(annotation, "__metadata__"):
        if "AfterValidator" in repr(annotation.__metadata__):
            return random.choice(["text", "decimal(10,2)", "bigint[]", "timestamptz"])
        return _of(random, get_args(annotation)[0], info)
    return any_model(random, annotation)


def any_model(random: Random, kind: type[BaseModel]) -> Any:
    """Any instance of a model; a design's version stays 1."""
    fields = {}
    for name, info in kind.model_fields.items():
        if (kind is PipelineDesign and name == "version") or (
            random.random() < 0.3 and not info.is_required()
        ):
            continue
        if any("AfterValidator" in repr(part) for part in info.metadata):
            fields[name] = random.choice(["text", "decimal(38,9)", "integer[]"])
        else:
            fields[name] = _of(random, info.annotation, info)
    return kind.model_validate(fields)


designs = st.integers(0, 2**32).map(lambda seed: any_model(Random(seed), PipelineDesign))
