-- Staging of products, from products of shop: types, and personal data taken out.
-- raw holds the rows as they were extracted.
-- A value that does not fit its type becomes NULL here, and its row a dead letter.
SELECT
  TRY_CAST("product_id" AS BIGINT) AS "product_id",
  TRY_CAST("sku" AS VARCHAR) AS "sku",
  TRY_CAST("name" AS VARCHAR) AS "name",
  TRY_CAST("category" AS VARCHAR) AS "category",
  TRY_CAST("price" AS DECIMAL(10, 2)) AS "price",
  TRY_CAST("weight_kg" AS DOUBLE) AS "weight_kg",
  TRY_CAST("active" AS BOOLEAN) AS "active",
  TRY_CAST("updated_at" AS TIMESTAMP) AS "updated_at"
FROM raw
