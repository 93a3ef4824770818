-- What shop_orders needs to write to warehouse. Run as an administrator, once.
-- The role shop_orders_writer is a group: grant it to the user the pipeline connects as.
CREATE ROLE "shop_orders_writer" NOLOGIN;
CREATE SCHEMA IF NOT EXISTS "analytics" AUTHORIZATION "shop_orders_writer";
CREATE SCHEMA IF NOT EXISTS "staging" AUTHORIZATION "shop_orders_writer";
CREATE SCHEMA IF NOT EXISTS "_shop_orders" AUTHORIZATION "shop_orders_writer";
