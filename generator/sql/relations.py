"""The tables a query may read, and which of them a name in the query means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

Columns = Mapping[str, str]
"""Column name -> logical type, in order."""
Tables = Mapping[str, Columns]
"""``schema.table`` -> its columns. The part before the first dot is the schema."""
Shape = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""Tables as a hashable value."""


@dataclass(frozen=True)
class Relations:
    """An index over the tables of a design. Names match without regard to case, as in DuckDB."""

    tables: Tables
    by_name: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, tables: Tables) -> Relations:
        """Index the tables under their full and their bare names."""
        index: dict[str, tuple[str, ...]] = {}
        for full in tables:
            folded = full.casefold()
            index[folded] = (*index.get(folded, ()), full)
            bare = folded.partition(".")[2]
            if bare and bare != folded:
                index[bare] = (*index.get(bare, ()), full)
        return cls(tables, index)

    def find(self, table: exp.Table) -> str | None:
        """Return the full name of the table a reference means; None when there is none or more than one."""
        return self.named(written_name(table))

    def named(self, written: str) -> str | None:
        """Return the full name of the table that ``schema.table`` or ``table`` means, as `find` does."""
        matches = self.by_name.get(written.casefold(), ())
        exact = [name for name in matches if name == written or name.partition(".")[2] == written]
        chosen = exact if len(exact) == 1 else matches
        return chosen[0] if len(chosen) == 1 else None


def written_name(table: exp.Table) -> str:
    """Return a table reference's name as ``schema.table`` or ``table``, unquoted."""
    return ".".join(part.name for part in table.parts if part.name)


def quote(name: str) -> str:
    """Return a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'
