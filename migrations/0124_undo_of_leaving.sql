-- A button is pressed by mistake: a parcel is sealed that should not be, or fifty are handed over that still stand there.
-- For a while both can be taken back, which is a setting of the merchant. Until when is written down with what was done, so
-- that a changed setting changes nothing that people were promised, and one that the carrier found by itself has no such time.
--
-- Units that come back into the house are reserved again for the same order: a movement of its own, the opposite of a
-- shipment. An order whose parcel came back is being prepared again, and a parcel that is opened is picked.

-- +goose Up
ALTER TABLE merchants ADD COLUMN undo_minutes integer NOT NULL DEFAULT 10;
ALTER TABLE merchants ADD CONSTRAINT merchants_undo_minutes_range CHECK (undo_minutes BETWEEN 0 AND 60);
COMMENT ON COLUMN merchants.undo_minutes IS 'How long packing and handing over can be taken back; 0: not at all.';

ALTER TABLE fulfillments ADD COLUMN unpack_until_at timestamptz;
COMMENT ON COLUMN fulfillments.unpack_until_at IS 'Until when a packed parcel can be opened again.';
ALTER TABLE shipments ADD COLUMN undo_until_at timestamptz;
ALTER TABLE shipments ADD CONSTRAINT shipments_undo_after_leaving CHECK (undo_until_at IS NULL OR handed_over_at IS NOT NULL);
COMMENT ON COLUMN shipments.undo_until_at IS 'Until when the hand-over can be taken back, unless the carrier scans it before; NULL: never.';
ALTER TABLE manifests ADD COLUMN undone_at timestamptz;
COMMENT ON COLUMN manifests.undone_at IS 'Since when nothing is left of it: every shipment was taken back.';

INSERT INTO order_transitions (from_status, to_status) VALUES ('shipped', 'processing');
INSERT INTO shipment_transitions (from_status, to_status) VALUES ('in_transit', 'ready');

ALTER TABLE inventory_transactions DROP CONSTRAINT inventory_transactions_kind_known, DROP CONSTRAINT inventory_transactions_kind_signs;
ALTER TABLE inventory_transactions
    ADD CONSTRAINT inventory_transactions_kind_known CHECK (kind IN ('receipt', 'adjustment', 'count', 'transfer', 'reservation', 'release', 'shipment', 'shipment_undone', 'return')),
    ADD CONSTRAINT inventory_transactions_kind_signs CHECK (CASE kind
        WHEN 'reservation'     THEN on_hand_delta = 0 AND reserved_delta > 0 AND order_id IS NOT NULL
        WHEN 'release'         THEN on_hand_delta = 0 AND reserved_delta < 0 AND order_id IS NOT NULL
        WHEN 'shipment'        THEN on_hand_delta < 0 AND reserved_delta = on_hand_delta AND order_id IS NOT NULL
        WHEN 'shipment_undone' THEN on_hand_delta > 0 AND reserved_delta = on_hand_delta AND order_id IS NOT NULL
        WHEN 'receipt'         THEN on_hand_delta > 0 AND reserved_delta = 0
        WHEN 'return'          THEN on_hand_delta > 0 AND reserved_delta = 0
        ELSE reserved_delta = 0 END);

-- +goose Down
ALTER TABLE inventory_transactions DROP CONSTRAINT inventory_transactions_kind_known, DROP CONSTRAINT inventory_transactions_kind_signs;
ALTER TABLE inventory_transactions
    ADD CONSTRAINT inventory_transactions_kind_known CHECK (kind IN ('receipt', 'adjustment', 'count', 'transfer', 'reservation', 'release', 'shipment', 'return')),
    ADD CONSTRAINT inventory_transactions_kind_signs CHECK (CASE kind
        WHEN 'reservation' THEN on_hand_delta = 0 AND reserved_delta > 0 AND order_id IS NOT NULL
        WHEN 'release'     THEN on_hand_delta = 0 AND reserved_delta < 0 AND order_id IS NOT NULL
        WHEN 'shipment'    THEN on_hand_delta < 0 AND reserved_delta = on_hand_delta AND order_id IS NOT NULL
        WHEN 'receipt'     THEN on_hand_delta > 0 AND reserved_delta = 0
        WHEN 'return'      THEN on_hand_delta > 0 AND reserved_delta = 0
        ELSE reserved_delta = 0 END);
DELETE FROM shipment_transitions WHERE from_status = 'in_transit' AND to_status = 'ready';
DELETE FROM order_transitions WHERE from_status = 'shipped' AND to_status = 'processing';
ALTER TABLE manifests DROP COLUMN undone_at;
ALTER TABLE shipments DROP COLUMN undo_until_at;
ALTER TABLE fulfillments DROP COLUMN unpack_until_at;
ALTER TABLE merchants DROP COLUMN undo_minutes;
