"""How rows are published: which load strategy fits a table or a transformation's output."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from generator.design.models import ExtractionStrategy, LoadStrategy
from generator.sql.query import parse_query

from .advice import Advice

ALL_STRATEGIES = frozenset({"append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3"})


def advise_loading(
    extraction: ExtractionStrategy,
    key: Sequence[str],
    *,
    watermark: str | None = None,
    append_only: bool = False,
    offered: frozenset[str] = ALL_STRATEGIES,
) -> Advice[LoadStrategy]:
    """Recommend how a table that is published under its own name is loaded.

    Args:
        extraction: How its rows are read.
        key: What identifies a row; empty where nothing does.
        watermark: The column that tells when a row changed.
        append_only: Rows are only ever added.
        offered: Strategies the destination can do.
    """
    names = ", ".join(key)
    history = f"when earlier values must be kept, by {watermark or 'the time of the run'}"
    ranked: list[Advice[LoadStrategy]] = []
    if extraction == "full":
        ranked.append(
            Advice(
                "overwrite",
                "every run brings the whole table, so it replaces the last one, deletions included",
                "scd2" if key else None,
                history if key else "",
                rule="loading.full",
            )
        )
    elif append_only:
        ranked.append(
            Advice(
                "append",
                "rows are only added, never changed",
                "upsert" if key else None,
                f"when a row may come twice: the newer version per {names} wins" if key else "",
                rule="loading.append_only",
            )
        )
    if key:
        ranked.append(
            Advice(
                "upsert",
                f"changed rows come again: per {names} the newer version wins",
                "scd2",
                history,
                rule="loading.keyed",
            )
        )
    ranked.append(
        Advice(
            "append",
            "without a key changed rows cannot find their earlier version",
            "overwrite",
            "with a full extract, when rows change",
            rule="loading.no_key",
        )
    )
    possible = [advice for advice in ranked if advice.choice in offered]
    if possible:
        return possible[0]
    rest: LoadStrategy = "overwrite" if "overwrite" in offered or not offered else "append"
    return Advice(
        rest, "the destination offers nothing better", rule="loading.only_offer", offered=rest in offered
    )


def advise_output_loading(
    columns: Sequence[str], key: Sequence[str], *, schema_design: str = "star", dimension: bool = False
) -> Advice[LoadStrategy]:
    """Recommend how a transformation's output is loaded.

    Args:
        columns: Its output columns.
        key: What identifies an output row; empty where nothing does.
        schema_design: The destination's.
        dimension: The output describes things (a dimension), not events or sums.
    """
    if not key:
        return Advice(
            "overwrite",
            "no key identifies an output row, and every run computes the whole table",
            None,
            "",
            rule="output.no_key",
        )
    names = ", ".join(key)
    stamps = [
        name
        for name in columns
        if name.lower() in {"updated_at", "modified_at", "valid_from", "last_modified"}
    ]
    if dimension and schema_design in {"star", "snowflake"} and stamps:
        return Advice(
            "scd2",
            f"a dimension of a {schema_design} schema keeps its history: one row per {names} and period",
            "upsert",
            "when only the present state is asked for",
            rule="output.dimension",
        )
    return Advice(
        "upsert",
        f"rows are replaced per {names}; rows that are no longer computed stay",
        "overwrite",
        "when rows that vanish from the result must vanish here, too",
        rule="output.keyed",
    )


def advise_output_key(sql: str, dialect: str = "duckdb") -> Advice[tuple[str, ...]] | None:
    """Recommend the key of a query's output: what it groups by or is distinct over; None for neither."""
    tree = parse_query(sql, dialect).tree
    if not isinstance(tree, exp.Select):
        return None
    names = tree.named_selects
    group = tree.args.get("group")
    if group is not None:
        if group.args.get("all"):
            grouped = [item.alias_or_name for item in tree.selects if not item.find(exp.AggFunc)]
        else:
            grouped = [_grouped_name(item, tree, names) for item in group.expressions]
        if (
            grouped
            and all(grouped)
            and not any(group.args.get(kind) for kind in ("cube", "rollup", "grouping_sets"))
        ):
            return Advice(
                tuple(dict.fromkeys(grouped)),
                "the query groups by these, so each combination comes once",
                rule="output_key.group_by",
            )
        return None
    if tree.args.get("distinct") is not None and names and "*" not in names:
        return Advice(tuple(names), "the query is DISTINCT over these", rule="output_key.distinct")
    return None


def _grouped_name(item: exp.Expr, tree: exp.Select, names: list[str]) -> str:
    """Return the output name of a GROUP BY item (position, alias, same expression), or nothing."""
    if isinstance(item, exp.Literal) and not item.is_string:
        position = int(item.name)
        return names[position - 1] if 0 < position <= len(names) else ""
    if isinstance(item, exp.Column) and not item.table and item.name in names:
        return str(item.name)
    return next((select.alias_or_name for select in tree.selects if select.unalias() == item), "")
