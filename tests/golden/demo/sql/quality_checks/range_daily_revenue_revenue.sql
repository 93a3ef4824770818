-- revenue in daily_revenue is at least 0
SELECT
  count(*) AS records_checked,
  count(*) FILTER (WHERE "revenue" < 0) AS records_failed,
  'lowest ' || CAST(min("revenue") AS VARCHAR) || ', highest ' || CAST(max("revenue") AS VARCHAR) AS observed
FROM "staging"."daily_revenue__output";

-- examples: up to 10 offending rows, keys only
SELECT "day", "region" FROM "staging"."daily_revenue__output" WHERE "revenue" < 0 LIMIT 10;
