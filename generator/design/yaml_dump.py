"""`PipelineDesign` to the text of the design file: at once, or again and again as it changes."""

from __future__ import annotations

from weakref import WeakValueDictionary

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
    when they change and never changed in place. What was written is kept as long as its table, so that undo finds it.
    """

    def __init__(self) -> None:
        self._alive: WeakValueDictionary[int, Table] = WeakValueDictionary()
        self._written: dict[int, Written] = {}

    def dump(self, design: PipelineDesign) -> str:
        """Return the same text as `dump_design`."""
        sources = [source.model_copy(update={"tables": []}) for source in design.sources]
        data = plain(design.model_copy(update={"sources": sources}))
        for index, source in enumerate(design.sources):
            data["sources"][index]["tables"] = [self._table(table) for table in source.tables]
        for gone in self._written.keys() - self._alive.keys():
            self._written.pop(gone, None)
        return write_yaml(data, block=_is_block)

    def _table(self, table: Table) -> Written:
        known = self._alive.get(id(table)) is table
        text = self._written.get(id(table)) if known else None
        if text is None:
            text = written(plain(table), ("sources", 0, "tables"), block=_is_block)
            self._written[id(table)] = text
            self._alive[id(table)] = table
        return text


def _is_block(path: tuple[str | int, ...]) -> bool:
    """Sections, sources, transformations, lists of mappings are blocks; the rest is a line where it fits."""
    if len(path) <= 1 or (len(path) == 2 and path[0] in {"sources", "transformations"}):
        return True
    return len(path) < 5 and path[-1] in _BLOCK_LISTS


_BLOCK_LISTS = {"tables", "pre_transform", "post_transform", "final", "channels", "rules", "metrics"}
