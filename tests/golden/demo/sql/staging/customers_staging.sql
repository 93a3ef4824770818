-- Staging of customers, from customers of shop: types, and personal data taken out.
-- raw holds the rows as they were extracted.
-- A value that does not fit its type becomes NULL here, and its row a dead letter.
SELECT
  TRY_CAST("customer_id" AS BIGINT) AS "customer_id",
  mask(CAST("full_name" AS VARCHAR)) AS "full_name",
  tokenize(CAST("email" AS VARCHAR)) AS "email",
  TRY_CAST("country" AS VARCHAR) AS "country",
  TRY_CAST("region" AS VARCHAR) AS "region",
  TRY_CAST("marketing_opt_in" AS BOOLEAN) AS "marketing_opt_in",
  TRY_CAST("created_at" AS TIMESTAMP) AS "created_at",
  TRY_CAST("updated_at" AS TIMESTAMP) AS "updated_at"
FROM raw
