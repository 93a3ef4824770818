-- Staging of order_items, from order_items of shop: types, and personal data taken out.
-- raw holds the rows as they were extracted.
-- A value that does not fit its type becomes NULL here, and its row a dead letter.
SELECT
  TRY_CAST("order_id" AS BIGINT) AS "order_id",
  TRY_CAST("line_no" AS BIGINT) AS "line_no",
  TRY_CAST("product_id" AS BIGINT) AS "product_id",
  TRY_CAST("quantity" AS BIGINT) AS "quantity",
  TRY_CAST("unit_price" AS DECIMAL(10, 2)) AS "unit_price",
  TRY_CAST("discount_percent" AS DOUBLE) AS "discount_percent",
  TRY_CAST("updated_at" AS TIMESTAMP) AS "updated_at"
FROM raw
