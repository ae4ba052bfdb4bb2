-- An operator sees how often an event was tried before it was set aside. A server of the version before does not write
-- the column.

-- +goose Up
ALTER TABLE set_aside_events
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT set_aside_events_tries_check CHECK (tries >= 0);

COMMENT ON COLUMN set_aside_events.tries IS 'requests with the event that have failed; 0 is not known';
