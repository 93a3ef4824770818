-- What shop_orders needs to read from shop: to look at its tables, and no more.
-- Run it in that database as its owner, who must be allowed to create roles; again after the design changed.
-- The role shop_orders_reader is a group that cannot log in: grant it to the user the pipeline connects as.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_orders_reader') THEN
    CREATE ROLE "shop_orders_reader" NOLOGIN;
  END IF;
END $$;
DO $$ BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), 'shop_orders_reader');
END $$;
GRANT USAGE ON SCHEMA "public" TO "shop_orders_reader";
GRANT SELECT ON TABLE "public"."orders" TO "shop_orders_reader";
GRANT SELECT ON TABLE "public"."customers" TO "shop_orders_reader";
