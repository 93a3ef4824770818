-- What shop_orders needs to write to warehouse: tables of its own in schemas that are not its own, so that it can drop neither these nor anybody else's tables.
-- Run it in that database as its owner, who must be allowed to create roles; again after the design changed.
-- The role shop_orders_writer is a group that cannot log in: grant it to the user the pipeline connects as.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_orders_writer') THEN
    CREATE ROLE "shop_orders_writer" NOLOGIN;
  END IF;
END $$;
DO $$ BEGIN
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), 'shop_orders_writer');
END $$;
CREATE SCHEMA IF NOT EXISTS "analytics";
GRANT USAGE, CREATE ON SCHEMA "analytics" TO "shop_orders_writer";
CREATE SCHEMA IF NOT EXISTS "staging";
GRANT USAGE, CREATE ON SCHEMA "staging" TO "shop_orders_writer";
CREATE SCHEMA IF NOT EXISTS "_shop_orders";
GRANT USAGE, CREATE ON SCHEMA "_shop_orders" TO "shop_orders_writer";
