"""A pandas/SQLAlchemy script, as many teams have it. Arguments: SOURCE_URL TABLE DUCKDB_PATH."""

from __future__ import annotations

import sys

import duckdb
import pandas as pd
import sqlalchemy as sa

source, table, destination = sys.argv[1:4]
engine = sa.create_engine(source.replace("postgresql://", "postgresql+psycopg2://"))
con = duckdb.connect(destination)
first = True
with engine.connect().execution_options(stream_results=True) as connection:
    for chunk in pd.read_sql_query(f'select * from "{table}"', connection, chunksize=100_000):
        con.register("chunk", chunk)
        statement = f'create or replace table "{table}" as' if first else f'insert into "{table}" by name'
        con.execute(f"{statement} from chunk")
        first = False
con.close()
