-- Two different SKUs out of all of them, the lower id first: everybody locks in the same order.
\set customer :first_customer + random(0, :customers - 1)
\set one random(0, :skus - 1)
\set other (:one + random(1, :skus - 1)) % :skus
\set low :first_sku + least(:one, :other)
\set high :first_sku + greatest(:one, :other)
\set lines 2
