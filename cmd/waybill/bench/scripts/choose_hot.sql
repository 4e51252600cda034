-- One line of the one SKU that everybody wants.
\set customer :first_customer + random(0, :customers - 1)
\set low :hot_sku
\set high :hot_sku
\set lines 1
