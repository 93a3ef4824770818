"""Checking a query against the tables it may read: syntax, one query, names, and answers that change by
themselves.

The dialect of a design's SQL is DuckDB's, whatever the destination: one meaning, checked and previewed while
one types. Generation translates it for the engine that runs it (`generator.sql.dialect`). A query that is
PostgreSQL only, in a design that runs on PostgreSQL, is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from generator.design.nearest import did_you_mean

from .names import column_problems
from .query import Parsed, SqlProblem, parse_query, problem_at
from .relations import Relations, Tables, written_name

_CHANGING = {
    "now", "random", "rand", "uuid", "gen_random_uuid", "today", "current_date", "current_time",
    "current_timestamp",
    "localtime", "localtimestamp", "get_current_timestamp", "get_current_time", "transaction_timestamp",
    "clock_timestamp", "statement_timestamp", "currentdate", "currenttime", "currenttimestamp", "uuidv4",
    "uuidv7",
    "setseed", "nextval", "txid_current",
}  # fmt: skip
_OUTSIDE = (
    "read_", "parquet_", "sniff_", "glob", "sqlite_", "postgres_", "mysql_", "duckdb_", "pg_read", "pg_ls",
    "dblink",
    "lo_import", "getenv", "readcsv", "readparquet", "query_table", "query",
)  # fmt: skip


def check_sql(sql: str, tables: Tables, dialect: str = "duckdb") -> list[SqlProblem]:
    """Return what is wrong with a query, the first problem in the text first.

    Args:
        sql: The query.
        tables: ``schema.table`` -> column -> logical type; a table with no columns is one not probed yet.
        dialect: The engine's: ``duckdb`` or ``postgres``. Queries are DuckDB SQL, bound by DuckDB itself so
            that nothing it refuses is passed; for PostgreSQL, one right in its own SQL is right, too.
    """
    problems = _check(sql, tables, "duckdb")
    if dialect == "postgres" and any(problem.severity == "error" for problem in problems):
        native = _check(sql, tables, "postgres")
        if not any(problem.severity == "error" for problem in native):
            return native
    return problems


def _check(sql: str, tables: Tables, dialect: str) -> list[SqlProblem]:
    parsed = parse_query(sql, dialect)
    if parsed.tree is None:
        return [parsed.problem] if parsed.problem else []
    relations = Relations.of(tables)
    found = [*_table_problems(parsed, relations), *_changing(parsed)]
    if not any(problem.severity == "error" for problem in found):
        found += column_problems(parsed, relations)
    if dialect == "duckdb" and not any(problem.severity == "error" for problem in found):
        from .engine import bind

        found += bind(sql, relations).problems
    return sorted(set(found), key=lambda problem: (problem.line, problem.column, problem.message))


def referenced_tables(sql: str, tables: Tables, dialect: str = "duckdb") -> list[str]:
    """Return the full names of the tables a query reads, as they appear; unknown ones as written."""
    return tables_read(sql, Relations.of(tables), dialect)


def tables_read(sql: str, relations: Relations, dialect: str) -> list[str]:
    """Return what `referenced_tables` does, for tables that are indexed already."""
    return list(dict.fromkeys(relations.named(name) or name for name in _written_tables(sql, dialect)))


@lru_cache(maxsize=1024)
def _written_tables(sql: str, dialect: str) -> tuple[str, ...]:
    return tuple(written_name(table) for table in base_tables(parse_query(sql, dialect)))


def base_tables(parsed: Parsed) -> Iterator[exp.Table]:
    """Yield the references to real tables: no CTEs, no table functions; in the order of the text."""
    if parsed.tree is None:
        return
    try:
        scopes = traverse_scope(parsed.tree)
    except SqlglotError:
        scopes = []
    found = [
        source
        for scope in scopes
        for source in scope.sources.values()
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)
    ]
    unique = {id(table): table for table in found}
    yield from sorted(unique.values(), key=lambda table: (table.this.meta or {}).get("start", 0))


def _table_problems(parsed: Parsed, relations: Relations) -> Iterator[SqlProblem]:
    for table in base_tables(parsed):
        name = written_name(table)
        if relations.find(table) is not None:
            continue
        matches = relations.by_name.get(name.casefold(), ())
        if len(matches) > 1:
            yield problem_at(parsed.sql, table, f"{name} could be {' or '.join(matches)}: write it in full")
        else:
            hint = did_you_mean(name, relations.tables) or "pick tables in Sources first"
            yield problem_at(parsed.sql, table, f"there is no table {name}; {hint}")


def _changing(parsed: Parsed) -> Iterator[SqlProblem]:
    for function in parsed.tree.find_all(exp.Func) if parsed.tree else ():
        name = function_name(function)
        if name in _CHANGING:
            yield problem_at(
                parsed.sql,
                function,
                f"{name}() gives another answer on every run: a rerun will not reproduce these rows",
                "warning",
            )
        elif name.startswith(_OUTSIDE):
            yield problem_at(
                parsed.sql, function, f"{name}() reads outside the pipeline: extract it as a source"
            )


def function_name(function: exp.Func) -> str:
    """Return a function's name in lower case, as near to what was written as the parser kept it."""
    if isinstance(function, exp.Anonymous):
        return str(function.name).lower()
    return function.sql_name().lower()
