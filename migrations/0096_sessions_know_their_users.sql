-- Every page of somebody who is signed in asks for the session and for the account behind it. The account's id stands inside
-- the session's data, which only the program can read, so that took two queries, one after the other. Beside the data it
-- lets one query find both. Sessions from before have none until they are next written; theirs are still found by two.

-- +goose Up
ALTER TABLE sessions ADD COLUMN user_id bigint;
ALTER TABLE sessions ADD CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id);
COMMENT ON COLUMN sessions.user_id IS 'Who is signed in, as the data says; NULL for a guest.';

-- +goose Down
ALTER TABLE sessions DROP COLUMN user_id;
