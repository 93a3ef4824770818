-- segment in customer_segments is one of lapsed, vip, loyal, new, regular
SELECT
  count(*) AS records_checked,
  count(*) FILTER (WHERE "segment" NOT IN ('lapsed', 'vip', 'loyal', 'new', 'regular')) AS records_failed,
  CAST(NULL AS VARCHAR) AS observed
FROM "staging"."customer_segments__output";

-- examples: up to 10 offending rows, keys only
SELECT "customer_id" FROM "staging"."customer_segments__output" WHERE "segment" NOT IN ('lapsed', 'vip', 'loyal', 'new', 'regular') LIMIT 10;
