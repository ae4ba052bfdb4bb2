-- Users. A user name, an email and a phone belong to at most one user of a site (invariant I1 of
-- internal/account). Each has a named unique constraint on its canonical form, which Go computes. A
-- phone is stored in this form only, the other two also in the form that the user entered. There is no
-- index on lower(): PostgreSQL folds case by other rules than Go does.

-- +goose Up
CREATE TABLE users (
    id                  bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 MINVALUE 1000),
    site_id             bigint NOT NULL,
    parent_id           bigint,
    user_name           text,
    user_name_key       text,
    user_name_skeleton  text,
    email               text,
    email_key           text,
    email_verified_at   timestamptz,
    phone               text,
    password_hash       text,
    real_name           text NOT NULL,
    avatar_url          text NOT NULL,
    group_id            bigint NOT NULL,
    status              integer NOT NULL,
    is_retailer         boolean NOT NULL,
    balance             bigint NOT NULL,
    total_reward        bigint NOT NULL,
    invite_code         text NOT NULL,
    invite_limit        integer,
    invites_used        integer NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    last_login_at       timestamptz NOT NULL,
    expires_at          timestamptz,

    CONSTRAINT users_pk PRIMARY KEY (id),
    CONSTRAINT users_parent_fk FOREIGN KEY (parent_id) REFERENCES users (id),

    -- I1. Names that look alike in different scripts have the same skeleton.
    CONSTRAINT users_user_name_unique UNIQUE (site_id, user_name_key),
    CONSTRAINT users_user_name_skeleton_unique UNIQUE (site_id, user_name_skeleton),
    CONSTRAINT users_email_unique UNIQUE (site_id, email_key),
    CONSTRAINT users_phone_unique UNIQUE (site_id, phone),
    CONSTRAINT users_invite_code_unique UNIQUE (site_id, invite_code),

    CONSTRAINT users_way_in_check CHECK (
        (user_name_key IS NOT NULL AND password_hash IS NOT NULL) OR phone IS NOT NULL
    ),
    CONSTRAINT users_user_name_whole_check CHECK (
        (user_name IS NULL) = (user_name_key IS NULL) AND (user_name IS NULL) = (user_name_skeleton IS NULL)
    ),
    CONSTRAINT users_user_name_check CHECK (user_name_key <> '' AND length(user_name) <= 64),
    CONSTRAINT users_email_whole_check CHECK (
        (email IS NULL) = (email_key IS NULL) AND (email_key IS NOT NULL OR email_verified_at IS NULL)
    ),
    CONSTRAINT users_email_check CHECK (length(email) BETWEEN 3 AND 254),
    CONSTRAINT users_phone_check CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    CONSTRAINT users_password_hash_check CHECK (password_hash LIKE '$%'),
    CONSTRAINT users_real_name_check CHECK (length(real_name) <= 128),
    CONSTRAINT users_avatar_url_check CHECK (length(avatar_url) <= 2048),
    CONSTRAINT users_status_check CHECK (status IN (0, 1)),
    CONSTRAINT users_balance_check CHECK (balance >= 0 AND total_reward >= 0),
    -- I2. No invitation is used more often than it may be.
    CONSTRAINT users_invites_check CHECK (invites_used >= 0 AND (invite_limit IS NULL OR invites_used <= invite_limit))
);

COMMENT ON COLUMN users.status IS '1 active, 0 disabled; an operator sets it';
COMMENT ON COLUMN users.invite_limit IS 'how many may register by this user''s invitation; NULL is any number';
COMMENT ON COLUMN users.expires_at IS 'end of the group membership; NULL is never';
