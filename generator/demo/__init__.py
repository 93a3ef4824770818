"""The demo: a small, real-looking web shop in SQLite and a finished design over it (SQLite -> DuckDB)."""

from .design import demo_design, demo_environment, shop_file, warehouse_file, write_environment
from .shop import make_shop

__all__ = ["demo_design", "demo_environment", "make_shop", "shop_file", "warehouse_file", "write_environment"]
