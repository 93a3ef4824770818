"""`PipelineDesign` to the text of the design file: at once, or again and again as it changes."""

from __future__ import annotations

from collections import deque
from threading import Lock

from .models import PipelineDesign, Table
from .write_model import plain
from .yaml_write import Written, write_yaml, written


def dump_design(design: PipelineDesign, *, explicit: bool = False) -> str:
    """Return the canonical text of a design: stable order, one form, `load(dump(d)) == d`.

    Args:
        design: What to write.
        explicit: Write defaults too, so that nothing is left to be known from elsewhere.
    """
    return write_yaml(plain(design, explicit=explicit), block=_is_block)


class DesignWriter:
    """Writes one design again and again as it changes; a table object written before is not written anew.

    With thousands of tables that takes a part of `dump_design`'s time. Only for designs whose tables are replaced
    when they change and never changed in place. The tables of some designs before are kept, so that undo finds them.
    """

    def __init__(self) -> None:
        self._recent: deque[list[Table]] = deque()
        # By the table's id, which no other table can get while the table is among those above. Many small objects,
        # as weak references, would keep Python's collector busy.
        self._written: dict[int, str] = {}
        self._lock = Lock()

    def dump(self, design: PipelineDesign) -> str:
        """Return the same text as `dump_design`."""
        sources = [source.model_copy(update={"tables": []}) for source in design.sources]
        data = plain(design.model_copy(update={"sources": sources}))
        with self._lock:
            self._recent.append([table for source in design.sources for table in source.tables])
            for index, source in enumerate(design.sources):
                data["sources"][index]["tables"] = Written(self._table(table) for table in source.tables)
            if len(self._recent) > _DESIGNS_KEPT:
                oldest = self._recent.popleft()
                kept = {id(table) for tables in self._recent for table in tables}
                for key in {id(table) for table in oldest} - kept:
                    del self._written[key]
        return write_yaml(data, block=_is_block)

    def _table(self, table: Table) -> str:
        text = self._written.get(id(table))
        if text is None:
            text = written(plain(table), ("sources", 0, "tables"), block=_is_block)
            self._written[id(table)] = text
        return text


_DESIGNS_KEPT = 10


def _is_block(path: tuple[str | int, ...]) -> bool:
    """Sections, sources, transformations, lists of mappings are blocks; the rest is a line where it fits."""
    if len(path) <= 1 or (len(path) == 2 and path[0] in {"sources", "transformations"}):
        return True
    return len(path) < 5 and path[-1] in _BLOCK_LISTS


_BLOCK_LISTS = {"tables", "pre_transform", "post_transform", "final", "channels", "rules", "metrics"}
