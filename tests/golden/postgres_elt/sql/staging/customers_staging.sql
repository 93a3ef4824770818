-- Staging of customers, from customers of shop: types, and personal data taken out.
-- raw holds the rows as they were extracted.
-- A value that does not fit its type becomes NULL here, and its row a dead letter.
SELECT
  TRY_CAST("customer_id" AS BIGINT) AS "customer_id",
  TRY_CAST("email" AS VARCHAR) AS "email",
  TRY_CAST("region" AS VARCHAR) AS "region"
FROM raw
