"""What the demo extracts and computes: the shop's columns as probed, the queries and the Python transform."""

from __future__ import annotations

STAMP = "TIMESTAMP"
SCHEMAS: dict[str, list[tuple[str, str, bool, str]]] = {
    "customers": [
        ("customer_id", "bigint", False, "INTEGER"), ("full_name", "text", False, "TEXT"),
        ("email", "text", True, "TEXT"), ("phone", "text", True, "TEXT"),
        ("birth_date", "date", True, "DATE"),
        ("country", "text", False, "TEXT"), ("region", "text", True, "TEXT"),
        ("marketing_opt_in", "boolean", False, "BOOLEAN"),
        ("created_at", "timestamp", False, STAMP), ("updated_at", "timestamp", False, STAMP),
    ],
    "products": [
        ("product_id", "bigint", False, "INTEGER"), ("sku", "text", False, "TEXT"),
        ("name", "text", False, "TEXT"),
        ("category", "text", False, "TEXT"), ("price", "decimal(10,2)", False, "DECIMAL(10,2)"),
        ("weight_kg", "double", True, "REAL"), ("active", "boolean", False, "BOOLEAN"),
        ("updated_at", "timestamp", True, STAMP),
    ],
    "orders": [
        ("order_id", "bigint", False, "INTEGER"), ("customer_id", "bigint", False, "INTEGER"),
        ("status", "text", False, "TEXT"), ("amount", "decimal(10,2)", False, "DECIMAL(10,2)"),
        ("currency", "text", False, "TEXT"), ("gift_note", "text", True, "TEXT"),
        ("ordered_at", "timestamp", False, STAMP), ("updated_at", "timestamp", False, STAMP),
    ],
    "order_items": [
        ("order_id", "bigint", False, "INTEGER"), ("line_no", "bigint", False, "INTEGER"),
        ("product_id", "bigint", False, "INTEGER"), ("quantity", "bigint", False, "INTEGER"),
        ("unit_price", "decimal(10,2)", False, "DECIMAL(10,2)"),
        ("discount_percent", "double", True, "REAL"),
        ("updated_at", "timestamp", False, STAMP),
    ],
}  # fmt: skip
_FLOATING = (
    "SQLite stores these as binary floating point; with more digits than declared they become dead letters"
)
CAVEATS = {
    ("products", "price"): _FLOATING,
    ("orders", "amount"): "1 of 2000 sampled values are no decimal(10,2); such rows become dead letters",
    ("orders", "ordered_at"): "1 of 2000 sampled values are no timestamp; such rows become dead letters",
    ("order_items", "unit_price"): _FLOATING,
}
"""What a probe of the shop says cannot be carried as it is, by table and column."""


DAILY_REVENUE = """\
SELECT
  CAST(o.ordered_at AS DATE) AS day,
  COALESCE(c.region, 'unknown') AS region,
  COUNT(*) AS orders,
  COUNT(DISTINCT o.customer_id) AS customers,
  CAST(SUM(o.amount) AS DECIMAL(18, 2)) AS revenue
FROM staging.orders AS o
JOIN staging.customers AS c ON c.customer_id = o.customer_id
WHERE o.status IN ('paid', 'shipped') AND o.amount >= 0
GROUP BY 1, 2
"""
DIM_CUSTOMER = """\
SELECT
  customer_id,
  email AS email_token,
  full_name,
  country,
  COALESCE(region, 'unknown') AS region,
  marketing_opt_in,
  created_at,
  updated_at
FROM staging.customers
"""
PRODUCT_SALES = """\
WITH sold AS (
  SELECT
    i.product_id,
    i.quantity,
    i.quantity * i.unit_price * (1 - COALESCE(i.discount_percent, 0) / 100) AS revenue,
    CAST(o.ordered_at AS DATE) AS sold_on
  FROM staging.order_items AS i
  JOIN staging.orders AS o ON o.order_id = i.order_id
  WHERE o.status IN ('paid', 'shipped')
)
SELECT
  p.product_id,
  p.sku,
  p.name,
  p.category,
  CAST(COALESCE(SUM(s.quantity), 0) AS BIGINT) AS units,
  CAST(COALESCE(SUM(s.revenue), 0) AS DECIMAL(18, 2)) AS revenue,
  MAX(s.sold_on) AS last_sold_on
FROM staging.products AS p
LEFT JOIN sold AS s ON s.product_id = p.product_id
GROUP BY 1, 2, 3, 4
"""
CUSTOMER_SEGMENTS = '''\
"""Put every customer into a segment by what they bought and when."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

LAPSED_AFTER = timedelta(days=180)


def transform(inputs: dict[str, pa.Table]) -> pa.Table:
    """Return one row per customer with paid orders: orders, lifetime value, last order, segment.

    "Lapsed" is measured from the newest order in the data, so that a rerun gives the same answer.
    """
    orders = inputs["orders"]
    paid = orders.filter(pc.is_in(orders["status"], pa.array(["paid", "shipped"])))
    wanted = [("order_id", "count"), ("amount", "sum"), ("ordered_at", "max")]
    totals = paid.group_by("customer_id").aggregate(wanted)
    newest = pc.max(paid["ordered_at"]).as_py()
    counts = totals["order_id_count"]
    value = totals["amount_sum"].cast(pa.decimal128(18, 2))
    last = totals["ordered_at_max"]
    lapsed = pc.less(last, pa.scalar(newest - LAPSED_AFTER, last.type)) if newest else pa.nulls(0, pa.bool_())
    vip = pc.greater_equal(value.cast(pa.float64()), 2_000.0)
    segment = pc.case_when(
        pc.make_struct(lapsed, vip, pc.greater_equal(counts, 5), pc.equal(counts, 1)),
        "lapsed",
        "vip",
        "loyal",
        "new",
        "regular",
    )
    return pa.table(
        {
            "customer_id": totals["customer_id"],
            "orders": counts,
            "lifetime_value": value,
            "last_order_at": last,
            "segment": segment,
        }
    )
'''
