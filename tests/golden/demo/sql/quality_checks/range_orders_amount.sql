-- amount in orders is at least 0
SELECT
  count(*) AS records_checked,
  count(*) FILTER (WHERE "amount" < 0) AS records_failed,
  'lowest ' || CAST(min("amount") AS VARCHAR) || ', highest ' || CAST(max("amount") AS VARCHAR) AS observed
FROM "staging"."orders";

-- examples: up to 10 offending rows, keys only
SELECT "order_id" FROM "staging"."orders" WHERE "amount" < 0 LIMIT 10;
