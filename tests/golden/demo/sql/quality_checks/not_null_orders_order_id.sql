-- order_id in orders is never NULL
SELECT
  count(*) AS records_checked,
  count(*) FILTER (WHERE "order_id" IS NULL) AS records_failed,
  CAST(NULL AS VARCHAR) AS observed
FROM "staging"."orders";

-- examples: up to 10 offending rows, keys only
SELECT "order_id" FROM "staging"."orders" WHERE "order_id" IS NULL LIMIT 10;
