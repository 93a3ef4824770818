-- Paid revenue per region
-- Reads staging.orders, staging.customers; its rows are published as analytics.revenue.
SELECT
  c.region,
  COUNT(*) AS orders,
  SUM(o.amount) AS revenue
FROM "staging"."orders" AS o
JOIN "staging"."customers" AS c
  ON c.customer_id = o.customer_id
WHERE
  o.status = 'paid'
GROUP BY
  c.region
