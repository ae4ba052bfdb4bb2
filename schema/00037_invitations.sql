-- Invitations that operators make. With ENROLL_SIGNUP=invite only people that have the code of one register. The code
-- is shown once; the row has a hash of it. An invitation that has ended stays for a time, so that its count can be
-- looked up.

-- +goose Up
CREATE TABLE invitations (
    site_id     bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    hash        bytea NOT NULL,
    bound_to    text,
    bound_mac   bytea,
    group_id    bigint,
    quota       integer NOT NULL,
    used        integer NOT NULL,
    note        text NOT NULL,
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    revoked_at  timestamptz,

    CONSTRAINT invitations_pk PRIMARY KEY (site_id, id),
    CONSTRAINT invitations_hash_unique UNIQUE (hash),
    CONSTRAINT invitations_site_id_check CHECK (site_id > 0),
    CONSTRAINT invitations_hash_check CHECK (length(hash) = 32),
    CONSTRAINT invitations_bound_to_check CHECK (bound_to IN ('email', 'phone')),
    CONSTRAINT invitations_bound_mac_check CHECK (
        (bound_mac IS NULL) = (bound_to IS NULL) AND (bound_mac IS NULL OR length(bound_mac) = 32)
    ),
    CONSTRAINT invitations_quota_check CHECK (quota BETWEEN 1 AND 1000000),
    CONSTRAINT invitations_used_check CHECK (used BETWEEN 0 AND quota),
    CONSTRAINT invitations_note_check CHECK (length(note) <= 200),
    CONSTRAINT invitations_created_by_check CHECK (length(created_by) BETWEEN 1 AND 80)
);

COMMENT ON COLUMN invitations.hash IS 'SHA-256 of the code, which has 128 random bits';
COMMENT ON COLUMN invitations.bound_to IS 'what bound_mac is of; NULL is an invitation for everybody that has its code';
COMMENT ON COLUMN invitations.bound_mac IS 'HMAC of the only address that may register, keyed by the code';
COMMENT ON COLUMN invitations.group_id IS 'the group of those that register; NULL is the default group';
COMMENT ON COLUMN invitations.created_by IS 'kind and name of the actor, as in audit_entries';
