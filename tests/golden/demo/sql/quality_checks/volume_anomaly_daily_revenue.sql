-- the row count of daily_revenue is within 50 % of the median of earlier runs (from 5 runs on)
SELECT
  count(*) AS records_checked,
  0 AS records_failed,
  CAST(count(*) AS VARCHAR) AS observed
FROM "analytics"."daily_revenue";
