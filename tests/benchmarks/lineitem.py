"""The measured table: 16 mixed columns (integers, decimals, dates, timestamps, text, NULLs), the same rows every time."""

from __future__ import annotations

import adbc_driver_postgresql.dbapi as adbc
import duckdb

DDL = """create table {table} (
  id bigint primary key, orderkey bigint not null, linenumber int not null, partkey int not null, suppkey int not null,
  quantity numeric(12,2) not null, extendedprice numeric(12,2) not null, discount numeric(6,4) not null,
  tax double precision not null, returnflag varchar(1) not null, shipdate date not null, commitdate date,
  receipt_ts timestamptz, shipmode varchar(10), comment varchar(64), updated_at timestamp not null)"""

ROWS = """select i::bigint as id, (i//4)::bigint as orderkey, (i%4)::int as linenumber,
  (hash(i*7)%200000)::int as partkey, (hash(i*11)%10000)::int as suppkey,
  ((hash(i*13)%5000)/100.0)::decimal(12,2)::varchar as quantity,
  ((hash(i*17)%10000000)/100.0)::decimal(12,2)::varchar as extendedprice,
  ((hash(i*19)%1000)/10000.0)::decimal(6,4)::varchar as discount, ((hash(i*23)%800)/10000.0)::double as tax,
  ['A','N','R'][1+(hash(i*29)%3)::int] as returnflag, (date '1992-01-01' + (hash(i*31)%2500)::int) as shipdate,
  case when hash(i*37)%20=0 then null else date '1992-01-01' + (hash(i*37)%2600)::int end as commitdate,
  (timestamp '2020-01-01' + to_microseconds((hash(i*41)%157680000000000)::bigint))::timestamptz as receipt_ts,
  ['AIR','RAIL','SHIP','TRUCK','MAIL','FOB','REG AIR'][1+(hash(i*43)%7)::int] as shipmode,
  case when hash(i*47)%10=0 then null else substr(md5((i*53)::varchar)||' '||md5((i*59)::varchar),1,(10+hash(i*61)%34)::int) end
    as comment,
  timestamp '2026-01-01' + to_seconds(i) + to_microseconds((hash(i*67)%1000000)::bigint) as updated_at
  from range({first}, {last}) t(i)"""


def create(url: str, table: str, rows: int) -> None:
    """Create and fill the table in PostgreSQL, with an index on the watermark and fresh statistics."""
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"drop table if exists {table}")
        cursor.execute(DDL.format(table=table))
        cursor.execute("create temp table incoming (like " + table + ")")
        for column in ("quantity", "extendedprice", "discount"):
            cursor.execute(f"alter table incoming alter {column} type text")
        step = 500_000
        for first in range(1, rows + 1, step):
            batch = con.sql(ROWS.format(first=first, last=min(first + step, rows + 1)))
            cursor.adbc_ingest("incoming", batch, mode="append", temporary=True)
        cursor.execute(
            f"insert into {table} select id, orderkey, linenumber, partkey, suppkey, quantity::numeric, "
            "extendedprice::numeric, discount::numeric, tax, returnflag, shipdate, commitdate, receipt_ts, shipmode, "
            f"comment, updated_at from incoming"
        )
        cursor.execute(f"create index on {table} (updated_at)")
        cursor.execute(f"analyze {table}")
        connection.commit()


def change(url: str, table: str, rows: int) -> None:
    """Change every tenth row and add two percent, all later than the newest watermark."""
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"update {table} set quantity = quantity + 1, updated_at = updated_at + interval '60 days' where id % 10 = 0"
        )
        cursor.execute(
            f"insert into {table} select id + {rows}, orderkey, linenumber, partkey, suppkey, quantity, extendedprice, "
            f"discount, tax, returnflag, shipdate, commitdate, receipt_ts, shipmode, comment, "
            f"timestamp '2027-06-01' + id * interval '1 second' from {table} where id <= {rows // 50}"
        )
        cursor.execute(f"analyze {table}")
        connection.commit()
