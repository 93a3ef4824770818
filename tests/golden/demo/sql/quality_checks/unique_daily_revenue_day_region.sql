-- day and region in daily_revenue are together unique
SELECT
  CAST(coalesce(sum(n_rows), 0) AS BIGINT) AS records_checked,
  CAST(coalesce(sum(n_rows - 1), 0) AS BIGINT) AS records_failed,
  CAST(count(*) AS VARCHAR) || ' distinct keys' AS observed
FROM (SELECT count(*) AS n_rows FROM "staging"."daily_revenue__output" WHERE "day" IS NOT NULL OR "region" IS NOT NULL GROUP BY "day", "region") AS per_key;

-- examples: up to 10 offending rows, keys only
SELECT "day", "region" FROM (SELECT "day", "region", count(*) OVER (PARTITION BY "day", "region") AS n_rows FROM "staging"."daily_revenue__output" WHERE "day" IS NOT NULL OR "region" IS NOT NULL) AS counted WHERE n_rows > 1 LIMIT 10;
