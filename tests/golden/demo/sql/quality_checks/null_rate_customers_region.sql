-- region in customers is NULL in at most 10 % of the rows
SELECT
  count(*) AS records_checked,
  CASE WHEN (count(*) - count("region")) * 100.0 > 10.0 * count(*) THEN (count(*) - count("region")) ELSE 0 END AS records_failed,
  coalesce(CAST(CAST((count(*) - count("region")) * 100.0 / nullif(count(*), 0) AS NUMERIC(18, 2)) AS VARCHAR) || ' % NULL', 'no rows') AS observed
FROM "staging"."customers";
