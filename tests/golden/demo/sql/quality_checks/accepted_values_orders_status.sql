-- status in orders is one of paid, pending, shipped, cancelled, refunded
SELECT
  count(*) AS records_checked,
  count(*) FILTER (WHERE "status" NOT IN ('paid', 'pending', 'shipped', 'cancelled', 'refunded')) AS records_failed,
  CAST(NULL AS VARCHAR) AS observed
FROM "staging"."orders";

-- examples: up to 10 offending rows, keys only
SELECT "order_id" FROM "staging"."orders" WHERE "status" NOT IN ('paid', 'pending', 'shipped', 'cancelled', 'refunded') LIMIT 10;
