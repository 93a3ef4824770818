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
