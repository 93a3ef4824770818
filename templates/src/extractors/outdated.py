"""Dead letters whose rows were read again: what they hold is no longer how the source has it.

A rejected row that was put right at its source comes with a later run. Its dead letter must then not be loaded over
it, so the run that publishes the row closes the letter as superseded:

- a run that read the whole table closes every letter of it whose row it did not reject again;
- otherwise a row with the letter's key and the same or a newer version closes it, or, where rows have no key, a range
  of watermarks that was read again and that the letter's row lies in;
- a table that keeps every version (append, scd2) still misses the version a letter holds after a newer one has come,
  and loading it late puts it in its place: there only that very version closes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..engines.base import quoted, text_literal
from ..loaders.base_loader import BaseLoader
from ..settings import Settings, TableSettings
from ..utils.dead_letters import DeadLetters
from .landing import incoming_name, outdated_name, rejected_name
from .staging_area import Extraction

_LETTERS = "_waiting_letters"
_KEEPING_VERSIONS = {"append", "scd2"}


def identity(settings: Settings, table: TableSettings) -> tuple[tuple[str, ...], str | None]:
    """Return the key and the version column by which a table's rows are told apart where they are kept."""
    if settings.mode == "modelled":
        return table.primary_key, table.extraction.watermark_column
    loading = table.loading or settings.destination.loading
    version = loading.version_column or table.extraction.watermark_column
    return loading.key or table.primary_key, version


def keeps_versions(settings: Settings, table: TableSettings) -> bool:
    """Tell whether a table is published with every version of its rows, each known by key and version."""
    if settings.mode == "modelled":
        return False
    loading = table.loading or settings.destination.loading
    return loading.strategy in _KEEPING_VERSIONS and all(identity(settings, table))


def closes_all(settings: Settings, table: TableSettings, extraction: Extraction) -> bool:
    """Tell whether an extraction closes every dead letter of its table, for it has seen all rows there are."""
    return extraction.complete and not keeps_versions(settings, table)


@dataclass(frozen=True)
class Outdated:
    """Finds the dead letters that a table's landed rows outdate.

    Attributes:
        settings: The configuration.
        loader: The open destination with its staging.
        letters: The dead letters.
    """

    settings: Settings
    loader: BaseLoader
    letters: DeadLetters

    def find(self, table: TableSettings, extraction: Extraction, schema: str) -> int:
        """Leave their ids beside the landed rows and return how many there are.

        Args:
            table: The table.
            extraction: What was extracted.
            schema: Where its rows have landed.
        """
        work, name = self.loader.work, table.staging_name
        place = work.relation(self.loader.staging_schema, outdated_name(name))
        work.execute(f"DROP TABLE IF EXISTS {place}")
        if closes_all(self.settings, table, extraction) or not self.letters.count("open", name):
            return 0
        self.loader.fetch(self.letters.waiting(name), _LETTERS)
        rejected = work.relation(self.loader.staging_schema, rejected_name(name))
        query = self._query(
            table,
            extraction,
            dict(work.columns(schema, incoming_name(name))),
            work.relation(schema, incoming_name(name)),
            rejected if extraction.landed.rejected else None,
        )
        work.execute(f"CREATE TABLE {place} AS {query}")
        work.execute(f"DROP TABLE {_LETTERS}")
        found = int(work.query(f"SELECT count(*) FROM {place}")[0][0])
        if not found:
            work.execute(f"DROP TABLE {place}")
        return found

    def _query(
        self,
        table: TableSettings,
        extraction: Extraction,
        kinds: dict[str, str],
        incoming: str,
        rejected: str | None,
    ) -> str:
        key, version = identity(self.settings, table)
        if not key or not set(key) <= set(kinds):
            return self._by_range(table, extraction, kinds)
        columns = [*key, *([version] if version in kinds and version is not None else [])]
        casts = ", ".join(f"{_value(name, kinds[name])} AS _{at}" for at, name in enumerate(columns))
        rows = f"SELECT {', '.join(f'{quoted(name)} AS _{at}' for at, name in enumerate(columns))} FROM {incoming}"
        every = keeps_versions(self.settings, table)
        if rejected is not None:
            # Rejected once more, in a newer version or with more columns: that is another letter, this one history.
            rows += f" UNION ALL SELECT {casts} FROM {rejected}"
        same = [f"l._{at} IS NOT DISTINCT FROM r._{at}" for at in range(len(key))]
        if len(columns) > len(key):
            old, new = f"l._{len(key)}", f"r._{len(key)}"
            same.append(f"{new} = {old}" if every else f"({old} IS NULL OR {new} IS NULL OR {new} >= {old})")
        unreadable = [f"(_{at} IS NULL AND {_text(name)} IS NOT NULL)" for at, name in enumerate(columns)]
        letters = f"(SELECT letter, payload, {casts} FROM {_LETTERS})"
        known = f"SELECT * FROM {letters} WHERE NOT ({' OR '.join(unreadable[: len(key)])})"
        found = f"SELECT l.letter FROM ({known}) AS l JOIN ({rows}) AS r ON {' AND '.join(same)}"
        if extraction.complete:
            # It can be given no place among the versions, and the source has it no more.
            found += f" UNION ALL SELECT letter FROM {letters} WHERE {' OR '.join(unreadable)}"
        return f"SELECT DISTINCT letter AS id FROM ({found})"

    def _by_range(self, table: TableSettings, extraction: Extraction, kinds: dict[str, str]) -> str:
        """Return the query for rows without a key: what was read again is as it is now, or rejected again."""
        column, work = table.extraction.watermark_column, self.loader.work
        if column is None or column not in kinds or extraction.low is None:
            return f"SELECT letter AS id FROM {_LETTERS} WHERE {'TRUE' if extraction.complete else 'FALSE'}"
        value, kind = _value(column, kinds[column]), kinds[column]
        within = f"{value} >= CAST({work.literal(extraction.low)} AS {kind})"
        if extraction.until is not None:
            within += f" AND {value} < CAST({work.literal(extraction.until)} AS {kind})"
        else:
            within += f" OR {value} IS NULL"
        return f"SELECT letter AS id FROM {_LETTERS} WHERE {within}"


def pointer(name: str) -> str:
    """Return the JSON pointer (RFC 6901) of a key."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _text(name: str) -> str:
    return f"json_extract_string(payload, {text_literal(pointer(name))})"


def _value(name: str, kind: str) -> str:
    return f"TRY_CAST({_text(name)} AS {kind})"
