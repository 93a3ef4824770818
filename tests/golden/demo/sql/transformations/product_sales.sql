-- Units and revenue per product, net of discounts, from paid and shipped orders
-- Reads staging.order_items, staging.orders, staging.products; its rows are published as analytics.product_sales.
WITH sold AS (
  SELECT
    i.product_id,
    i.quantity,
    i.quantity * i.unit_price * (1 - COALESCE(i.discount_percent, 0) / 100) AS revenue,
    CAST(o.ordered_at AS DATE) AS sold_on
  FROM "staging"."order_items" AS i
  JOIN "staging"."orders" AS o ON o.order_id = i.order_id
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
FROM "staging"."products" AS p
LEFT JOIN sold AS s ON s.product_id = p.product_id
GROUP BY 1, 2, 3, 4
