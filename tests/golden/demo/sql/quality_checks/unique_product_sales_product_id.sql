-- product_id in product_sales is unique
SELECT
  CAST(coalesce(sum(n_rows), 0) AS BIGINT) AS records_checked,
  CAST(coalesce(sum(n_rows - 1), 0) AS BIGINT) AS records_failed,
  CAST(count(*) AS VARCHAR) || ' distinct keys' AS observed
FROM (SELECT count(*) AS n_rows FROM "staging"."product_sales__output" WHERE "product_id" IS NOT NULL GROUP BY "product_id") AS per_key;

-- examples: up to 10 offending rows, keys only
SELECT "product_id" FROM (SELECT "product_id", count(*) OVER (PARTITION BY "product_id") AS n_rows FROM "staging"."product_sales__output" WHERE "product_id" IS NOT NULL) AS counted WHERE n_rows > 1 LIMIT 10;
