-- the newest updated_at in orders is at most 48 hours old
SELECT
  count(*) AS records_checked,
  CASE WHEN count(*) = 0 THEN 0 WHEN max("updated_at") FILTER (WHERE isfinite("updated_at") AND "updated_at" < now() + INTERVAL '1 day') IS NULL OR (epoch(now()) - epoch(max("updated_at") FILTER (WHERE isfinite("updated_at") AND "updated_at" < now() + INTERVAL '1 day'))) > 172800.0 THEN 1 ELSE 0 END AS records_failed,
  CASE WHEN max("updated_at") FILTER (WHERE isfinite("updated_at") AND "updated_at" < now() + INTERVAL '1 day') IS NULL THEN 'no time to judge by' ELSE 'newest ' || CAST(max("updated_at") FILTER (WHERE isfinite("updated_at") AND "updated_at" < now() + INTERVAL '1 day') AS VARCHAR) || ', ' || CAST(CAST((epoch(now()) - epoch(max("updated_at") FILTER (WHERE isfinite("updated_at") AND "updated_at" < now() + INTERVAL '1 day'))) / 3600 AS NUMERIC(18, 1)) AS VARCHAR) || ' hours old' END AS observed
FROM "staging"."orders";
