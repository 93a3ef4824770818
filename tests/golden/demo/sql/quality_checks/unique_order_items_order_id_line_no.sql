-- order_id and line_no in order_items are together unique
SELECT
  CAST(coalesce(sum(n_rows), 0) AS BIGINT) AS records_checked,
  CAST(coalesce(sum(n_rows - 1), 0) AS BIGINT) AS records_failed,
  CAST(count(*) AS VARCHAR) || ' distinct keys' AS observed
FROM (SELECT count(*) AS n_rows FROM "staging"."order_items" WHERE "order_id" IS NOT NULL OR "line_no" IS NOT NULL GROUP BY "order_id", "line_no") AS per_key;

-- examples: up to 10 offending rows, keys only
SELECT "order_id", "line_no" FROM (SELECT "order_id", "line_no", count(*) OVER (PARTITION BY "order_id", "line_no") AS n_rows FROM "staging"."order_items" WHERE "order_id" IS NOT NULL OR "line_no" IS NOT NULL) AS counted WHERE n_rows > 1 LIMIT 10;
