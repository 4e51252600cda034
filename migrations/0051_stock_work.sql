-- Work on stock that is more than a correction. A reorder point says when to order again, for all of a SKU or for what lies
-- at one location; what falls to it is an alert, raised once and cleared when stock is back, by a job and not by those who
-- buy. A count sheet holds what somebody counted until somebody approves it: what was expected is written down at the moment
-- of counting, so that units which are sold or shipped between counting and approving are not counted back.

-- +goose Up
ALTER TABLE skus ADD COLUMN reorder_point bigint,
    ADD CONSTRAINT skus_reorder_point_range CHECK (reorder_point BETWEEN 0 AND 1000000000);
COMMENT ON COLUMN skus.reorder_point IS 'With so many units left to sell, or fewer, it is time to order more; NULL: never.';
ALTER TABLE stock_levels ADD COLUMN reorder_point bigint,
    ADD CONSTRAINT stock_levels_reorder_point_range CHECK (reorder_point BETWEEN 0 AND 1000000000);
COMMENT ON COLUMN stock_levels.reorder_point IS 'The same for one location, which is then to be refilled; NULL: never.';
CREATE INDEX skus_reorder_idx ON skus (id) WHERE reorder_point IS NOT NULL;
COMMENT ON INDEX skus_reorder_idx IS 'The SKUs that somebody wants to be told about: the job that raises and clears alerts.';
CREATE INDEX stock_levels_reorder_idx ON stock_levels (sku_id, location_id) WHERE reorder_point IS NOT NULL;
COMMENT ON INDEX stock_levels_reorder_idx IS 'The levels that somebody wants to be told about: the job that raises and clears alerts.';

CREATE TABLE stock_alerts (
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    merchant_id   bigint      NOT NULL,
    sku_id        bigint      NOT NULL,
    location_id   bigint,                  -- NULL: all of the SKU
    reorder_point bigint      NOT NULL,    -- as it was when the alert was raised
    available     bigint      NOT NULL,    -- so many were left then; below zero: orders wait for more
    raised_at     timestamptz NOT NULL,
    cleared_at    timestamptz,
    CONSTRAINT stock_alerts_pkey PRIMARY KEY (id),
    CONSTRAINT stock_alerts_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT stock_alerts_sku_fk FOREIGN KEY (sku_id) REFERENCES skus (id),
    CONSTRAINT stock_alerts_location_fk FOREIGN KEY (location_id) REFERENCES locations (id)
);
CREATE UNIQUE INDEX stock_alerts_open_key ON stock_alerts (sku_id, (coalesce(location_id, 0))) WHERE cleared_at IS NULL;
COMMENT ON INDEX stock_alerts_open_key IS 'An alert is raised once while it is open.';
CREATE INDEX stock_alerts_merchant_idx ON stock_alerts (merchant_id, id DESC) WHERE cleared_at IS NULL;
COMMENT ON INDEX stock_alerts_merchant_idx IS 'What a merchant has to order again, and how many that are.';

CREATE TABLE stock_counts (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    merchant_id bigint      NOT NULL,
    location_id bigint      NOT NULL,
    bins        text        NOT NULL DEFAULT '',   -- how the bins on the sheet begin; empty: all
    status      text        NOT NULL DEFAULT 'open',
    opened_by   text        NOT NULL,
    opened_at   timestamptz NOT NULL,
    closed_by   text        NOT NULL DEFAULT '',
    closed_at   timestamptz,
    CONSTRAINT stock_counts_pkey PRIMARY KEY (id),
    CONSTRAINT stock_counts_merchant_fk FOREIGN KEY (merchant_id) REFERENCES merchants (id),
    CONSTRAINT stock_counts_location_fk FOREIGN KEY (location_id) REFERENCES locations (id),
    CONSTRAINT stock_counts_status_known CHECK (status IN ('open', 'approved', 'discarded')),
    CONSTRAINT stock_counts_closed_when_not_open CHECK ((status = 'open') = (closed_at IS NULL)),
    CONSTRAINT stock_counts_bins_length CHECK (length(bins) <= 32)
);
CREATE INDEX stock_counts_merchant_idx ON stock_counts (merchant_id, id DESC);
COMMENT ON INDEX stock_counts_merchant_idx IS 'The count sheets of a merchant, newest first.';

CREATE TABLE stock_count_lines (
    count_id   bigint      NOT NULL,
    sku_id     bigint      NOT NULL,
    expected   bigint,               -- on hand when it was counted; NULL: not counted yet
    counted    bigint,
    counted_by text        NOT NULL DEFAULT '',
    counted_at timestamptz,
    CONSTRAINT stock_count_lines_pkey PRIMARY KEY (count_id, sku_id),
    CONSTRAINT stock_count_lines_count_fk FOREIGN KEY (count_id) REFERENCES stock_counts (id),
    CONSTRAINT stock_count_lines_sku_fk FOREIGN KEY (sku_id) REFERENCES skus (id),
    CONSTRAINT stock_count_lines_counted_range CHECK (counted BETWEEN 0 AND 1000000000),
    CONSTRAINT stock_count_lines_counted_whole CHECK ((counted IS NULL) = (expected IS NULL) AND (counted IS NULL) = (counted_at IS NULL))
);

-- +goose Down
DROP TABLE stock_count_lines, stock_counts, stock_alerts;
DROP INDEX stock_levels_reorder_idx, skus_reorder_idx;
ALTER TABLE stock_levels DROP COLUMN reorder_point;
ALTER TABLE skus DROP COLUMN reorder_point;
