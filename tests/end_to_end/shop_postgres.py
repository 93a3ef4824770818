"""A PostgreSQL shop of our own making, with what real databases have: odd names, NULLs, exact money, late updates."""

from __future__ import annotations

from typing import Any

import psycopg

SCHEMA = """
create schema sales;
create type sales.channel as enum ('web', 'store', 'phone');
create table sales.customers (
    customer_id bigint generated always as identity primary key,
    email text not null unique,
    full_name varchar(120),
    region text,
    credit_limit numeric(12, 2),
    preferences jsonb,
    born date,
    active boolean not null default true,
    updated_at timestamptz not null
);
create table sales.orders (
    order_id bigint primary key,
    customer_id bigint references sales.customers,
    channel sales.channel,
    status text not null,
    amount numeric(12, 2) not null,
    weight real,
    ordered_at timestamptz not null,
    updated_at timestamptz not null
);
create index on sales.orders (updated_at);
create table sales."Order ""Lines""; odd" (
    order_id bigint not null references sales.orders,
    "line no" integer not null,
    "select" text,
    "prix €" numeric(20, 6),
    token uuid,
    payload bytea,
    updated_at timestamp not null,
    primary key (order_id, "line no")
);
create table sales.visits (page text, seen_at timestamp, visitor inet, seconds interval);
"""

FILL = """
insert into sales.customers (email, full_name, region, credit_limit, preferences, born, active, updated_at)
select 'user' || i || '@example.com',
       case when i % 17 = 0 then null when i % 5 = 0 then 'Žofie Łęcka ' || i else 'Customer ' || i end,
       (array['north', 'süd', '東', null])[1 + i % 4],
       case when i % 9 = 0 then null else (i * 137 % 1000000) / 100.0 end,
       case when i % 3 = 0 then null else jsonb_build_object('n', i, 'tags', jsonb_build_array('a', 'b"c')) end,
       date '1900-01-01' + (i * 37 % 40000),
       i % 11 <> 0,
       timestamptz '2026-01-01 00:00:00+00' + i * interval '7 minutes'
from generate_series(1, 2000) i;
insert into sales.orders
select i, 1 + (i * 7919 % 2000), (array['web', 'store', 'phone'])[1 + i % 3]::sales.channel,
       (array['paid', 'open', 'cancelled'])[1 + i % 3],
       (i * 7919 % 5000000) / 100.0,
       case when i % 13 = 0 then null else (i % 1000) / 7.0 end,
       timestamptz '2026-01-01 00:00:00+00' + (i % 90) * interval '1 day' + (i % 1440) * interval '1 minute',
       timestamptz '2026-02-01 00:00:00+00' + (i / 4) * interval '1 minute'
from generate_series(1, 20000) i;
insert into sales."Order ""Lines""; odd"
select o, l, case when o % 10 = 0 then '' when o % 11 = 0 then null else 'it''s; drop table x --' || l end,
       (o * 31 + l) / 1000000.0, md5(o::text || '-' || l)::uuid, decode(md5(o::text), 'hex'),
       timestamp '2026-02-01' + o * interval '3 seconds'
from generate_series(1, 10000) o, generate_series(1, 2) l;
insert into sales.visits
select '/p/' || i % 50, timestamp '2026-03-01' + i * interval '1 second', ('10.0.' || i % 256 || '.1')::inet,
       (i % 600) * interval '1 second'
from generate_series(1, 3000) i;
insert into sales.visits select * from sales.visits limit 100;
analyze;
"""

CHANGE = """
update sales.orders set status = 'paid', amount = amount + 1.01, updated_at = timestamptz '2026-03-01' + order_id * interval '1 second'
where order_id % 10 = 0;
insert into sales.orders
select i, 1 + (i % 2000), 'web', 'paid', i / 100.0, null, timestamptz '2026-03-05', timestamptz '2026-03-05' + i * interval '1 second'
from generate_series(20001, 21000) i;
update sales.customers set region = 'west', updated_at = timestamptz '2026-03-06' where customer_id % 20 = 0;
insert into sales."Order ""Lines""; odd"
select i, 1, 'new', 0.000001, md5(i::text)::uuid, '\\x00ff', timestamp '2026-03-07' from generate_series(20001, 20500) i;
update sales."Order ""Lines""; odd" set "prix €" = null, updated_at = timestamp '2026-03-08' where order_id % 100 = 0;
delete from sales.visits where seen_at < timestamp '2026-03-01 00:10:00';
"""


def create(url: str) -> None:
    """Make and fill the shop in an empty database."""
    run(url, SCHEMA + FILL)


def change(url: str) -> None:
    """Do to the shop what a day does: updates, inserts, deletions in a table that is copied in full."""
    run(url, CHANGE)


def run(url: str, statements: str) -> None:
    """Execute statements in one transaction."""
    with psycopg.connect(url) as connection:
        connection.execute(statements.encode())


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """Return all rows of a query, with the session in UTC."""
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        return connection.execute(query.encode()).fetchall()
