-- What shop_orders needs to read from shop. Run as an administrator, once.
-- The role shop_orders_reader is a group: grant it to the user the pipeline connects as.
CREATE ROLE "shop_orders_reader" NOLOGIN;
GRANT USAGE ON SCHEMA "public" TO "shop_orders_reader";
GRANT SELECT ("order_id", "customer_id", "status", "amount", "updated_at") ON TABLE "public"."orders" TO "shop_orders_reader";
GRANT SELECT ("customer_id", "email", "region") ON TABLE "public"."customers" TO "shop_orders_reader";
