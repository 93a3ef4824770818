-- customer_id in dim_customer is never NULL
SELECT
  count(*) AS records_checked,
  count(*) FILTER (WHERE "customer_id" IS NULL) AS records_failed,
  CAST(NULL AS VARCHAR) AS observed
FROM "staging"."dim_customer__output";

-- examples: up to 10 offending rows, keys only
SELECT "customer_id" FROM "staging"."dim_customer__output" WHERE "customer_id" IS NULL LIMIT 10;
