"""Benchmarks that open the wizard keep its drafts and keys to themselves, as its tests do."""

from tests.tui.conftest import _own_folders, shop_design, shop_folder

__all__ = ["_own_folders", "shop_design", "shop_folder"]
