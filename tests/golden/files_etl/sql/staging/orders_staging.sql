-- Staging of orders, from orders/*.csv of drop: types, and personal data taken out.
-- raw holds the rows as they were extracted.
-- A value that does not fit its type becomes NULL here, and its row a dead letter.
SELECT
  TRY_CAST("order_id" AS BIGINT) AS "order_id",
  TRY_CAST("customer_id" AS BIGINT) AS "customer_id",
  TRY_CAST("status" AS VARCHAR) AS "status",
  TRY_CAST("amount" AS DECIMAL(10, 2)) AS "amount",
  TRY_CAST("updated_at" AS TIMESTAMP) AS "updated_at"
FROM raw
