-- Lists show a picture at the size of a thumb, a hundred of them on a page: each is kept a second time, small. Those of
-- before have none and are shown as they are until they are set again.

-- +goose Up
ALTER TABLE pictures
    ADD COLUMN small bytea,
    ADD CONSTRAINT pictures_small_range CHECK (octet_length(small) BETWEEN 1 AND 131072);

-- +goose Down
ALTER TABLE pictures DROP COLUMN small;
