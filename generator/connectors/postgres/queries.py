"""The catalogue queries, each one round trip for the whole database.

Parameter ``schemas``: a list of schema names, or NULL for all the role may use.
"""

from __future__ import annotations

SERVER = "SELECT split_part(current_setting('server_version'), ' ', 1)"
RIGHTS = """
    SELECT has_database_privilege(current_database(), 'CREATE') AS may_create,
        pg_is_in_recovery() AS standby
"""
SIZE = "SELECT relkind::text, reltuples FROM pg_class WHERE oid = %(relation)s::regclass"

# Partitions are read through their parent. r table, p partitioned table, f foreign table, v view,
# m materialised view.
_SHOWN = """
    c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%'
    AND (%(schemas)s::text[] IS NULL OR n.nspname = ANY (%(schemas)s::text[]))
"""

# reltuples is -1 before the first VACUUM or ANALYZE; the statistics collector may already know.
RELATIONS = f"""
    SELECT n.nspname AS schema, c.relname AS name,
        CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind,
        CASE
            WHEN c.relkind = 'v' THEN NULL
            WHEN c.relkind = 'p' THEN (
                SELECT sum(CASE WHEN leaf.reltuples >= 0 THEN leaf.reltuples::float8
                                ELSE pg_stat_get_live_tuples(leaf.oid)::float8 END)
                FROM pg_partition_tree(c.oid) AS part JOIN pg_class AS leaf ON leaf.oid = part.relid
                WHERE part.isleaf)
            WHEN c.reltuples >= 0 THEN c.reltuples::float8
            WHEN c.relkind = 'f' THEN NULL
            ELSE pg_stat_get_live_tuples(c.oid)::float8
        END AS rows,
        CASE WHEN c.relkind IN ('r', 'm')
            THEN c.relpages::bigint * current_setting('block_size')::bigint END AS size,
        obj_description(c.oid, 'pg_class') AS comment,
        has_schema_privilege(n.oid, 'USAGE')
            AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
            AS readable
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE {_SHOWN} ORDER BY 1, 2
"""

# A domain is followed to the type it is made of; an array's kind is that of its elements.
COLUMNS = f"""
    WITH RECURSIVE made_of AS (
        SELECT oid AS domain, typbasetype AS base, typtypmod AS modifier, typnotnull AS filled
        FROM pg_type WHERE typtype = 'd'
        UNION ALL
        SELECT d.domain, t.typbasetype, CASE WHEN d.modifier = -1 THEN t.typtypmod ELSE d.modifier END,
            d.filled OR t.typnotnull
        FROM made_of AS d JOIN pg_type AS t ON t.oid = d.base WHERE t.typtype = 'd'
    )
    SELECT n.nspname AS schema, c.relname AS relation, a.attname AS name,
        format_type(a.atttypid, a.atttypmod) AS spelled,
        format_type(coalesce(d.base, a.atttypid), coalesce(d.modifier, a.atttypmod)) AS base,
        coalesce(element.typtype, kind.typtype)::text AS typtype,
        NOT (a.attnotnull OR coalesce(d.filled, false)) AS nullable,
        col_description(c.oid, a.attnum) AS comment
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN made_of AS d ON d.domain = a.atttypid
        AND NOT EXISTS (SELECT FROM pg_type AS t WHERE t.oid = d.base AND t.typtype = 'd')
    JOIN pg_type AS kind ON kind.oid = coalesce(d.base, a.atttypid)
    LEFT JOIN pg_type AS element ON element.oid = kind.typelem AND kind.typcategory = 'A'
    WHERE {_SHOWN}
        AND (has_table_privilege(c.oid, 'SELECT') OR has_column_privilege(c.oid, a.attnum, 'SELECT'))
    ORDER BY 1, 2, a.attnum
"""
