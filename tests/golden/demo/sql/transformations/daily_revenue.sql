-- Paid and shipped revenue per day and region; bookings below zero are left out
-- Reads staging.orders, staging.customers; its rows are published as analytics.daily_revenue.
SELECT
  CAST(o.ordered_at AS DATE) AS day,
  COALESCE(c.region, 'unknown') AS region,
  COUNT(*) AS orders,
  COUNT(DISTINCT o.customer_id) AS customers,
  CAST(SUM(o.amount) AS DECIMAL(18, 2)) AS revenue
FROM "staging"."orders" AS o
JOIN "staging"."customers" AS c ON c.customer_id = o.customer_id
WHERE o.status IN ('paid', 'shipped') AND o.amount >= 0
GROUP BY 1, 2
