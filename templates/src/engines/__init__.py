"""The two places SQL runs: an embedded DuckDB and a PostgreSQL server, behind one small interface."""
