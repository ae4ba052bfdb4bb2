-- What people tell about themselves, the pictures that they upload, and the groups that an
-- operator makes. The new columns of users have defaults, so that the previous version can insert.

-- +goose Up
ALTER TABLE users
    ADD COLUMN first_name text NOT NULL DEFAULT ''
        CONSTRAINT users_first_name_check CHECK (length(first_name) <= 64),
    ADD COLUMN last_name text NOT NULL DEFAULT ''
        CONSTRAINT users_last_name_check CHECK (length(last_name) <= 64),
    ADD COLUMN introduce text NOT NULL DEFAULT ''
        CONSTRAINT users_introduce_check CHECK (length(introduce) <= 500),
    ADD COLUMN birthday timestamptz;

COMMENT ON COLUMN users.birthday IS 'NULL if none was given';

CREATE TABLE groups (
    site_id     bigint NOT NULL,
    id          bigint NOT NULL,
    title       text NOT NULL,
    description text NOT NULL DEFAULT '',
    level       integer NOT NULL DEFAULT 0,

    CONSTRAINT groups_pk PRIMARY KEY (site_id, id),
    CONSTRAINT groups_site_id_check CHECK (site_id > 0),
    CONSTRAINT groups_id_check CHECK (id > 0),
    CONSTRAINT groups_title_check CHECK (length(title) BETWEEN 1 AND 64),
    CONSTRAINT groups_description_check CHECK (length(description) <= 500),
    CONSTRAINT groups_level_check CHECK (level BETWEEN 0 AND 1000000)
);

COMMENT ON TABLE groups IS 'groups of users, made by the operator; users.group_id may name one that is not here';
COMMENT ON COLUMN groups.level IS 'a rank: a higher one offers more';

CREATE TABLE avatars (
    user_id     bigint NOT NULL,
    hash        bytea NOT NULL,
    media       text NOT NULL,
    data        bytea NOT NULL,
    created_at  timestamptz NOT NULL,

    CONSTRAINT avatars_pk PRIMARY KEY (user_id),
    CONSTRAINT avatars_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT avatars_hash_check CHECK (length(hash) = 32),
    CONSTRAINT avatars_media_check CHECK (media IN ('image/jpeg', 'image/png')),
    CONSTRAINT avatars_data_check CHECK (length(data) BETWEEN 1 AND 131072)
);

-- Two users may have uploaded the same picture.
CREATE INDEX avatars_hash_idx ON avatars (hash);

-- A compressed picture does not become smaller.
ALTER TABLE avatars ALTER COLUMN data SET STORAGE EXTERNAL;

COMMENT ON TABLE avatars IS 'one uploaded picture of each user, scaled and encoded anew';
COMMENT ON COLUMN avatars.hash IS 'SHA-256 of data; the path of the picture has it';
