"""A small source that changes day by day, and an independent account of what a destination must then hold.

The account is kept in plain Python from the source's own rows: no SQL of ours has a part in it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

START = datetime(2026, 1, 1)


class Row(NamedTuple):
    """One version of one account; ``balance`` in cents, so that comparison is exact."""

    id: int
    name: str | None
    balance: int
    updated_at: datetime


@dataclass
class World:
    """The source's rows day by day. Every day some rows are inserted and some updated; all ties are deliberate."""

    seed: int
    rows: dict[int, Row] = field(default_factory=dict)
    versions: list[list[Row]] = field(default_factory=list)
    """What was new or changed, day by day."""

    def next_day(self, inserts: int = 60, updates: int = 25) -> list[Row]:
        """Insert and update rows, all stamped within the new day, and return the versions of the day.

        A handful of rows carry the very timestamp of the day before's newest row: the tie at the watermark.
        """
        chance = random.Random(f"{self.seed}-{len(self.versions)}")
        morning = START + timedelta(days=len(self.versions))
        newest = max((row.updated_at for row in self.rows.values()), default=morning)
        today: list[Row] = []
        for number in range(inserts):
            stamp = (
                newest
                if number < 3 and self.rows
                else morning + timedelta(seconds=chance.randrange(1, 80_000))
            )
            key = len(self.rows) + 1
            name = chance.choice([None, "", "Ann", "Žofie", "O'Neil; drop table x--", "東京"])
            row = Row(key, name, chance.randrange(-(10**6), 10**8), stamp)
            self.rows[key] = row
            today.append(row)
        fresh = {row.id for row in today}
        existing = [key for key in self.rows if key not in fresh]
        for key in chance.sample(existing, min(updates, len(existing))):
            stamp = morning + timedelta(seconds=80_000 + chance.randrange(5))
            row = Row(key, self.rows[key].name, self.rows[key].balance + 100, stamp)
            self.rows[key] = row
            today.append(row)
        self.versions.append(today)
        return today

    @property
    def current(self) -> list[Row]:
        """The source's rows as they are now, by key."""
        return [self.rows[key] for key in sorted(self.rows)]

    @property
    def every_version(self) -> list[Row]:
        """Each version a destination that keeps them all was ever shown."""
        return sorted(row for day in self.versions for row in day)

    def history(self) -> list[tuple[Row, datetime, datetime | None]]:
        """The in-order history: each version with when it became valid and when it stopped, None for current ones."""
        result: list[tuple[Row, datetime, datetime | None]] = []
        for key in sorted(self.rows):
            known = sorted(
                (row for day in self.versions for row in day if row.id == key), key=lambda r: r.updated_at
            )
            ends: list[datetime | None] = [*[row.updated_at for row in known[1:]], None]
            result += [(row, row.updated_at, end) for row, end in zip(known, ends, strict=True)]
        return result
