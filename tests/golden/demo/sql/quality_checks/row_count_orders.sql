-- orders has at least 1 row
SELECT
  count(*) AS records_checked,
  CASE WHEN count(*) < 1 THEN 1 ELSE 0 END AS records_failed,
  CAST(count(*) AS VARCHAR) || ' rows' AS observed
FROM "staging"."orders";
