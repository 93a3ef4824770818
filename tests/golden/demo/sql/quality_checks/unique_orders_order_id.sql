-- order_id in orders is unique
SELECT
  CAST(coalesce(sum(n_rows), 0) AS BIGINT) AS records_checked,
  CAST(coalesce(sum(n_rows - 1), 0) AS BIGINT) AS records_failed,
  CAST(count(*) AS VARCHAR) || ' distinct keys' AS observed
FROM (SELECT count(*) AS n_rows FROM "staging"."orders" WHERE "order_id" IS NOT NULL GROUP BY "order_id") AS per_key;

-- examples: up to 10 offending rows, keys only
SELECT "order_id" FROM (SELECT "order_id", count(*) OVER (PARTITION BY "order_id") AS n_rows FROM "staging"."orders" WHERE "order_id" IS NOT NULL) AS counted WHERE n_rows > 1 LIMIT 10;
