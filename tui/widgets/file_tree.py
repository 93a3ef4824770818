"""The tree of files to be written, each with its state by glyph and word."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.message import Message
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from tui.views.files import MARKS, Folder, file_tree


class FileTree(Tree[str]):
    """Files in their folders. A node's data is the file's path, empty for a folder."""

    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text(encoding="utf-8")
    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"file-tree--{state}" for state in MARKS} | {"file-tree--folder"}

    class Picked(Message):
        """The cursor came to a file."""

        def __init__(self, tree: FileTree, path: str) -> None:
            super().__init__()
            self.tree = tree
            self.path = path

        @property
        def control(self) -> FileTree:
            """The tree."""
            return self.tree

    def __init__(self, *, widget_id: str | None = None) -> None:
        super().__init__("", data="", id=widget_id)
        self.guide_depth = 2
        self.show_root = True
        self._states: Mapping[str, str] = {}
        self._by_path: dict[str, TreeNode[str]] = {}

    @property
    def path(self) -> str:
        """The file under the cursor, empty on a folder."""
        node = self.cursor_node
        return node.data or "" if node else ""

    def show(self, paths: list[str], root: str, states: Mapping[str, str] | None = None) -> None:
        """Show these files; the cursor stays on the file it was on, closed folders stay closed."""
        before = self.path
        self._states = states or {}
        self._by_path = {}
        self.clear()
        tree = file_tree(paths, root)
        self.root.set_label(Text(f"{root}/  {tree.count} files", no_wrap=True))
        # What a person reads first, the README and its like, stands above the folders.
        self._add_files(self.root, tree)
        self._add_folders(self.root, tree)
        self.root.expand()
        if before in self._by_path:
            self.call_after_refresh(self.move_to, before)

    def _add_folders(self, node: TreeNode[str], folder: Folder) -> None:
        for inner in folder.folders.values():
            # An overview first: only the top folders are open until the person opens more.
            child = node.add(Text(f"{inner.name}/"), data="", expand="/" not in inner.path)
            self._add_folders(child, inner)
            self._add_files(child, inner)

    def _add_files(self, node: TreeNode[str], folder: Folder) -> None:
        for path in folder.files:
            self._by_path[path] = node.add_leaf(Text(path.rsplit("/", 1)[-1]), data=path)

    def move_to(self, path: str) -> bool:
        """Put the cursor on a file; False when it is not there."""
        node = self._by_path.get(path)
        if node is None:
            return False
        parent = node.parent
        while parent is not None:
            parent.expand()
            parent = parent.parent
        # A node inside a folder that was closed has its line only once the tree is laid out anew.
        self.call_after_refresh(self.move_cursor, node)
        return True

    def move_to_first(self) -> None:
        """Put the cursor on the README, else on the first file."""
        if self._by_path:
            self.move_to("README.md" if "README.md" in self._by_path else next(iter(self._by_path)))

    def render_label(self, node: TreeNode[str], base_style: Style, style: Style) -> Text:
        """Return a node's label: folders with their arrow, files with the glyph of their state."""
        label = Text(str(node.label), style=style, no_wrap=True)
        if node.allow_expand:
            arrow = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
            return Text.assemble((arrow, base_style), label)
        state = self._states.get(node.data or "", "")
        if not state:
            return label
        colour = self.get_component_rich_style(f"file-tree--{state}", partial=True)
        return Text.assemble((f"{MARKS[state][0]} ", base_style + colour), label)

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[str]) -> None:
        """Tell which file the cursor is on."""
        event.stop()
        if event.node.data:
            self.post_message(self.Picked(self, event.node.data))
