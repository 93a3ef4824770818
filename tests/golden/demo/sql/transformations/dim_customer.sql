-- Customers with their history: one row per customer and period of validity
-- Reads staging.customers; its rows are published as analytics.dim_customer.
SELECT
  customer_id,
  email AS email_token,
  full_name,
  country,
  COALESCE(region, 'unknown') AS region,
  marketing_opt_in,
  created_at,
  updated_at
FROM "staging"."customers"
