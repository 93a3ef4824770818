"""Starter transforms written from the probed schema: join, deduplicate, aggregate, SCD 2, Python."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from generator.design.models import Loading, PipelineDesign, Transformation
from generator.design.types import is_numeric, is_temporal

from .starter_tables import RESERVED, StarterTable, link_between, quote
from .transforms import output_of


@dataclass(frozen=True)
class Starter:
    """One entry of the "start from" menu."""

    id: str
    title: str
    help: str
    tables: int
    """Tables to pick: 0 none, 1 exactly one, 2 two or more."""


STARTERS: tuple[Starter, ...] = (
    Starter("blank", "Select from a table", "every column by name, ready to trim", 1),
    Starter("join", "Join tables", "along foreign keys; each table's columns", 2),
    Starter("aggregate", "Aggregate", "per day and category: sums and a row count", 1),
    Starter("dedup", "Deduplicate", "the newest row of each key", 1),
    Starter("scd2", "SCD 2 dimension", "full history: valid_from, valid_to, is_current", 1),
    Starter("python", "Python", "a function from Arrow tables to one Arrow table", 1),
)


def start(design: PipelineDesign, starter: str, tables: Sequence[StarterTable]) -> Transformation:
    """Return a transform written from the tables picked; a name that is taken is settled on adding."""
    builders = {"join": _join, "aggregate": _aggregate, "dedup": _dedup, "scd2": _scd2, "python": _python}
    draft = builders.get(starter, _select)(tables)
    return Transformation(
        name=draft.name,
        type="python" if draft.code else "sql",
        description=draft.description,
        input_tables=[table.full_name for table in tables],
        output_table=output_of(design, draft.name),
        sql=draft.sql or None,
        code=draft.code or None,
        loading=draft.loading,
    )


@dataclass(frozen=True)
class _Draft:
    name: str
    description: str
    sql: str = ""
    code: str = ""
    loading: Loading = field(default_factory=Loading)


def _aliases(tables: Sequence[StarterTable]) -> dict[str, str]:
    """Return a short alias per table: initials, numbered where they clash."""
    aliases: dict[str, str] = {}
    for table in tables:
        initials = "".join(part[0] for part in re.findall(r"[a-z]+", table.name.lower())) or "t"
        alias, number = initials, 2
        while alias in aliases.values() or alias in RESERVED:
            alias, number = f"{initials}{number}", number + 1
        aliases[table.name] = alias
    return aliases


def _name(text: str) -> str:
    cleaned = re.sub(r"[^a-z0-9_]+", "_", text.lower()).strip("_")
    return cleaned if cleaned and not cleaned[0].isdigit() else f"t_{cleaned}"


def _listing(columns: Sequence[str]) -> str:
    return ",\n".join(f"    {column}" for column in columns)


def _keyed(table: StarterTable, strategy: str = "upsert") -> Loading:
    if not table.key:
        return Loading(strategy="overwrite")
    return Loading.model_validate({"strategy": strategy, "key": list(table.key)})


def _select(tables: Sequence[StarterTable]) -> _Draft:
    if not tables:
        return _Draft("transform", "", sql="SELECT 1 AS one\n")
    table = tables[0]
    columns = _listing([quote(name) for name in table.names()]) or "    *"
    sql = f"SELECT\n{columns}\nFROM {table.relation}\n"
    return _Draft(f"clean_{_name(table.name)}", f"{table.name}, cleaned", sql=sql, loading=_keyed(table))


def _join(tables: Sequence[StarterTable]) -> _Draft:
    aliases = _aliases(tables)
    # The table that refers to most others is the one whose rows the result keeps.
    ordered = sorted(tables, key=lambda t: -sum(link_between(t, o) is not None for o in tables if o is not t))
    fact = max(ordered, key=lambda t: sum(any(other == o.name for o in tables) for _, other, _ in t.links))
    joined, waiting = [fact], [table for table in ordered if table is not fact]
    clauses = []
    while waiting:
        table, partner = next(
            ((t, p) for t in waiting for p in joined if link_between(p, t)), (waiting[0], joined[0])
        )
        pair = link_between(partner, table)
        mine, theirs = aliases[table.name], aliases[partner.name]
        source = f"{table.relation} AS {mine}"
        if pair:
            condition = " AND ".join(
                f"{mine}.{quote(b)} = {theirs}.{quote(a)}" for a, b in zip(*pair, strict=True)
            )
            clauses.append(f"LEFT JOIN {source} ON {condition}")
        else:
            clauses.append(f"CROSS JOIN {source}")
        waiting.remove(table)
        joined.append(table)
    columns, seen = [], set[str]()
    for table in joined:
        for name in table.names():
            label = name if name not in seen else f"{_name(table.name)}_{name}"
            if name in seen and (name in table.key or label in seen):
                continue
            seen.add(label)
            alias = f" AS {quote(label)}" if label != name else ""
            columns.append(f"{aliases[table.name]}.{quote(name)}{alias}")
    lines = [
        f"SELECT\n{_listing(columns)}",
        f"FROM {fact.relation} AS {aliases[fact.name]}",
        *clauses,
    ]
    names = [table.name for table in joined]
    return _Draft(
        f"{_name(fact.name)}_wide",
        f"{names[0]} with {', '.join(names[1:])}" if names[1:] else names[0],
        sql="\n".join(lines) + "\n",
        loading=_keyed(fact),
    )


def _aggregate(tables: Sequence[StarterTable]) -> _Draft:
    table = tables[0]
    linked = {name for own, _, _ in table.links for name in own} | set(table.key)
    moments = [name for name, kind in table.columns if is_temporal(kind) and name != table.version_column]
    moments = moments or [name for name, kind in table.columns if is_temporal(kind)]
    measures = [
        n for n, kind in table.columns if is_numeric(kind) and n not in linked and not n.endswith("_id")
    ]
    groups = [n for n, kind in table.columns if kind in {"text", "boolean"} and n not in linked]
    category = next(
        (n for n in groups if re.search(r"status|type|kind|category|region|country|channel", n)), None
    )
    select, key = [], []
    if moments:
        select.append(f"CAST({quote(moments[0])} AS DATE) AS day")
        key.append("day")
    if category:
        select.append(quote(category))
        key.append(category)
    select.append(
        f"COUNT(*) AS {quote(_name(table.name) if table.name not in table.names() else 'row_count')}"
    )
    select += [f"SUM({quote(name)}) AS {quote(f'total_{name}')}" for name in measures[:4]]
    group = f"GROUP BY {', '.join(str(n + 1) for n in range(len(key)))}\n" if key else ""
    sql = f"SELECT\n{_listing(select)}\nFROM {table.relation}\n{group}"
    loading = Loading(strategy="upsert", key=key) if key else Loading(strategy="overwrite")
    by = " and ".join(key) or "in all"
    return _Draft(f"{_name(table.name)}_summary", f"{table.name} per {by}", sql=sql, loading=loading)


def _dedup(tables: Sequence[StarterTable]) -> _Draft:
    table = tables[0]
    key = list(table.key) or table.names()[:1]
    order = table.version_column or next((n for n, kind in table.columns if is_temporal(kind)), key[0])
    names = _listing([quote(name) for name in table.names()])
    inner = ", ".join(quote(name) for name in key)
    sql = (
        f"SELECT\n{names}\nFROM (\n    SELECT\n        *,\n        ROW_NUMBER() OVER (\n"
        f"            PARTITION BY {inner}\n            ORDER BY {quote(order)} DESC\n"
        f"        ) AS version_rank\n"
        f"    FROM {table.relation}\n) AS ranked\nWHERE version_rank = 1\n"
    )
    loading = Loading(strategy="upsert", key=key)
    return _Draft(
        f"{_name(table.name)}_latest", f"Newest row of each {' + '.join(key)}", sql=sql, loading=loading
    )


def _scd2(tables: Sequence[StarterTable]) -> _Draft:
    table = tables[0]
    key = list(table.key) or table.names()[:1]
    columns = _listing([quote(name) for name in table.names()])
    sql = f"SELECT\n{columns}\nFROM {table.relation}\n"
    stem = _name(table.name)
    loading = Loading(strategy="scd2", key=key, version_column=table.version_column)
    singular = stem[:-1] if stem.endswith("s") and not stem.endswith("ss") else stem
    return _Draft(f"dim_{singular}", f"History of {table.name}", sql=sql, loading=loading)


def _python(tables: Sequence[StarterTable]) -> _Draft:
    table = tables[0] if tables else StarterTable("source", ())
    code = (
        '"""Enrich rows that SQL alone cannot."""\n\nimport pyarrow as pa\nimport pyarrow.compute as pc\n\n\n'
        "def transform(inputs: dict[str, pa.Table]) -> pa.Table:\n"
        f'    """Return {_name(table.name)} without exact duplicates."""\n'
        f"    rows = inputs[{json.dumps(table.name)}]\n"
        "    keep = rows.group_by(rows.column_names).aggregate([])\n"
        "    return keep.filter(pc.is_valid(keep.column(0)))\n"
    )
    return _Draft(
        f"{_name(table.name)}_enriched", f"{table.name}, enriched in Python", code=code, loading=_keyed(table)
    )
