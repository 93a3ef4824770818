"""The tree of files to be written, each with its state by glyph and word."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static, Tree
from textual.widgets.tree import TreeNode

from tui.keymap import bind
from tui.views.files import MARKS, Folder, file_tree

from .text_input import TextInput

MOST_IN_FOLDER = 300
"""Files listed of a folder: thousands take seconds to lay out, and nobody reads through them."""


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

    def show(
        self, paths: list[str], root: str, states: Mapping[str, str] | None = None, *, opened: bool = False
    ) -> None:
        """Show these files, all folders open if ``opened``; the cursor stays on the file it was on."""
        before = self.path
        self._states = states or {}
        self._by_path = {}
        self.clear()
        tree = file_tree(paths, root)
        self.root.set_label(Text(f"{root}/  {tree.count} files", no_wrap=True))
        # What a person reads first, the README and its like, stands above the folders.
        self._add_files(self.root, tree)
        self._add_folders(self.root, tree, opened)
        self.root.expand()
        if before in self._by_path:
            self.call_after_refresh(self.move_to, before)

    def _add_folders(self, node: TreeNode[str], folder: Folder, opened: bool) -> None:
        for inner in folder.folders.values():
            # An overview first: only the top folders are open until the person opens more.
            child = node.add(Text(f"{inner.name}/"), data="", expand=opened or "/" not in inner.path)
            self._add_folders(child, inner, opened)
            self._add_files(child, inner)

    def _add_files(self, node: TreeNode[str], folder: Folder) -> None:
        for path in folder.files[:MOST_IN_FOLDER]:
            self._by_path[path] = node.add_leaf(Text(path.rsplit("/", 1)[-1]), data=path)
        more = len(folder.files) - MOST_IN_FOLDER
        if more > 0:
            node.add_leaf(Text(f"… {more:,} more: the filter finds them"), data="")

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


class TreeFilter(TextInput):
    """The filter's field: down, Enter and Esc go to the files."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,enter,escape", "files", "Files", show=False)]

    def action_files(self) -> None:
        """Go to the files."""
        self.screen.query_one(FileTree).focus()


class FilteredTree(Vertical):
    """A file tree with a filter above it; every word typed must occur in a file's path."""

    DEFAULT_CSS = """
    FilteredTree { height: 1fr; }
    FilteredTree > .tree-filter { height: 1; }
    FilteredTree .tree-filter-label { width: 8; color: $quiet; }
    FilteredTree .tree-filter-count { width: auto; color: $quiet; padding-left: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("files.filter", "slash", "filter", "Filter", "Narrow the files by typing words")
    ]

    def __init__(self, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._paths: list[str] = []
        self._root = ""

    def compose(self) -> ComposeResult:
        """The filter over the files."""
        with Horizontal(classes="tree-filter"):
            yield Static("/filter", markup=False, classes="tree-filter-label")
            yield TreeFilter(placeholder="a folder, a name")
            yield Static("", markup=False, classes="tree-filter-count")
        yield FileTree()

    @property
    def listing(self) -> FileTree:
        """The files."""
        return self.query_one(FileTree)

    def show(self, paths: list[str], root: str) -> None:
        """Show these files, narrowed by the filter."""
        self._paths, self._root = paths, root
        self._narrow()

    def _narrow(self) -> None:
        words = self.query_one(TreeFilter).value.lower().split()
        shown = [path for path in self._paths if all(word in path.lower() for word in words)]
        self.listing.show(shown, self._root, opened=bool(words))
        count = f"{len(shown)} of {len(self._paths)}" if words else f"{len(shown)}"
        self.query_one(".tree-filter-count", Static).update(count)
        if shown and self.listing.path not in shown:
            self.call_after_refresh(self.listing.move_to_first)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow."""
        event.stop()
        self._narrow()

    def action_filter(self) -> None:
        """Go to the filter."""
        self.query_one(TreeFilter).focus()
