"""Transformers: one module for each kind, and one for each transformation of this pipeline."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..utils.loading import concrete_class

if TYPE_CHECKING:
    from ..engines.base import Engine
    from ..engines.duckdb_engine import DuckDBEngine
    from ..settings import Settings, TransformationSettings
    from .base_transformer import BaseTransformer


def open_transformer(
    settings: Settings, transformation: TransformationSettings, engine: Engine, work: DuckDBEngine
) -> BaseTransformer:
    """Return the transformer of a transformation."""
    base: type[BaseTransformer] = import_module(f"{__name__}.base_transformer").BaseTransformer
    modules = (f"{transformation.name}_transformer", f"{transformation.type}_transformer")
    return concrete_class(__name__, modules, base)(settings, transformation, engine, work)
