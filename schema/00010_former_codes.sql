-- An index for the purge of the table codes. Versions before 00009 kept codes there, with phones
-- and emails in plain text. This version adds no rows, and deletes each row when it is a day old,
-- also a row that counts failures.
--
-- The index is built while the service runs. If a build was cut off, it has left an invalid
-- index behind, which is dropped first.

-- +goose NO TRANSACTION
-- +goose Up
SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS codes_sent_at_idx;
CREATE INDEX CONCURRENTLY codes_sent_at_idx ON codes (sent_at);

RESET lock_timeout;
