-- order_id in order_items refers to a row of orders.order_id
SELECT
  (SELECT count(*) FROM "staging"."order_items") AS records_checked,
  count(*) AS records_failed,
  CAST(NULL AS VARCHAR) AS observed
FROM "staging"."order_items" AS c WHERE c."order_id" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "staging"."orders" AS r WHERE r."order_id" = c."order_id");

-- examples: up to 10 offending rows, keys only
SELECT c."order_id", c."line_no" FROM "staging"."order_items" AS c WHERE c."order_id" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "staging"."orders" AS r WHERE r."order_id" = c."order_id") LIMIT 10;
