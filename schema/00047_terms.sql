-- The terms that a user has accepted last (ENROLL_TERMS). The columns are a part of the row, because each login reads
-- the row before it compares the version, and a registration inserts it. Earlier acceptances are in the audit log.
--
-- The previous version inserts users without an acceptance and does not compare it: such a user is asked at the first
-- login by this version.

-- +goose Up
ALTER TABLE users
    ADD COLUMN terms_version text,
    ADD COLUMN terms_at timestamptz,
    ADD COLUMN terms_language text,
    -- NOT VALID checks new rows only. In the existing ones all three are NULL, and a scan would lock the table.
    ADD CONSTRAINT users_terms_check CHECK (
        num_nulls(terms_version, terms_at, terms_language) IN (0, 3)
        AND length(terms_version) BETWEEN 1 AND 32 AND length(terms_language) BETWEEN 1 AND 35
    ) NOT VALID;

COMMENT ON COLUMN users.terms_version IS 'of the terms that the user has accepted last; NULL if none';
COMMENT ON COLUMN users.terms_language IS 'of the request that accepted them (BCP 47)';
