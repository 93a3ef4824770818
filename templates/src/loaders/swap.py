"""Putting a whole table into the place of another: readers see the old rows or the new ones, never none."""

from __future__ import annotations

from ..engines.base import fit, names, quoted
from .publication import Publication


def swap_in(publication: Publication) -> None:
    """Make the arriving rows the published table."""
    listed = names(publication.names)
    query = f"SELECT {listed} FROM {publication.source} AS s"
    if publication.engine.dialect == "postgres":
        _swap_postgres(publication, query)
    elif publication.movable and publication.movable[0] == publication.schema:
        publication.engine.execute(f"DROP TABLE IF EXISTS {publication.target}")
        _rename(publication, publication.movable)
    else:
        publication.engine.execute(f"CREATE OR REPLACE TABLE {publication.target} AS {query}")


def _rename(publication: Publication, place: tuple[str, str]) -> None:
    """Give a table of the published schema the published name."""
    own = publication.engine.relation(*place)
    publication.engine.execute(f"ALTER TABLE {own} RENAME TO {quoted(fit(publication.table))}")


def _swap_postgres(publication: Publication, query: str) -> None:
    engine, target = publication.engine, publication.target
    listed = names(publication.names)
    if publication.present() and _depended_upon(publication):
        # Views and whatever guards the table would be lost with it: its rows are replaced, which takes longer.
        publication.ensure()
        engine.execute(f"DELETE FROM {target}")
        engine.execute(f"INSERT INTO {target} ({listed}) {query}")
        return
    grants = _grants(publication) if publication.present() else []
    place = (publication.schema, fit(publication.table + "__fresh"))
    engine.execute(f"DROP TABLE IF EXISTS {engine.relation(*place)}")
    if publication.movable is None:
        engine.execute(f"CREATE TABLE {engine.relation(*place)} AS {query}")
    else:
        arrived = engine.relation(*publication.movable)
        engine.execute(f"ALTER TABLE {arrived} RENAME TO {quoted(place[1])}")
        moved = engine.relation(publication.movable[0], place[1])
        if publication.movable[0] != publication.schema:
            engine.execute(f"ALTER TABLE {moved} SET SCHEMA {quoted(fit(publication.schema))}")
    engine.execute(f"DROP TABLE IF EXISTS {target}")
    _rename(publication, place)
    if publication.loading.key and publication.loading.strategy != "overwrite":
        publication.create_unique_index()
    for privilege, grantee in grants:
        engine.execute(f"GRANT {privilege} ON {target} TO {grantee}")


def _depended_upon(publication: Publication) -> bool:
    """Tell whether anything hangs on the table that another in its place would not have.

    That are views, foreign keys, row security and its policies, triggers, privileges on columns, and publications.
    """
    oid = f"CAST({publication.engine.literal(publication.target)} AS regclass)"
    return bool(
        publication.engine.query(
            f"SELECT 1 FROM pg_class AS c WHERE c.oid = {oid} AND (c.relrowsecurity OR c.relhastriggers"
            " OR EXISTS (SELECT FROM pg_depend WHERE refobjid = c.oid AND refclassid = 'pg_class'::regclass"
            " AND classid IN ('pg_rewrite'::regclass, 'pg_constraint'::regclass) AND deptype = 'n')"
            " OR EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid)"
            " OR EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = c.oid)"
            " OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL))"
        )
    )


def _grants(publication: Publication) -> list[tuple[str, str]]:
    """Return (privilege, quoted grantee) of everybody but the owner."""
    oid = f"CAST({publication.engine.literal(publication.target)} AS regclass)"
    return [
        (str(privilege), str(grantee))
        for privilege, grantee in publication.engine.query(
            "SELECT a.privilege_type::text, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END"
            f" FROM pg_class c CROSS JOIN aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee"
            f" WHERE c.oid = {oid} AND a.grantee <> c.relowner"
        )
    ]
