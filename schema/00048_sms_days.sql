-- What SMS were sent, what they cost and how many of their codes were used, by day (UTC), country and sender. The
-- counts outlive restarts and are those of all replicas and sites. enroll sms report prints them. The previous version
-- does not count: the messages that it sends during an upgrade are missing.

-- +goose Up
-- Codes are counted by the statements that store and spend them. The sender of a code is not known then.
CREATE TABLE sms_days (
    day     date   NOT NULL,
    country text   NOT NULL,
    codes   bigint NOT NULL DEFAULT 0,
    used    bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    CONSTRAINT sms_days_pk PRIMARY KEY (day, country),
    CONSTRAINT sms_days_country_check CHECK (country ~ '^([A-Z]{2}|[0-9]{3})$'),
    CONSTRAINT sms_days_counts_check CHECK (codes >= 0 AND used >= 0 AND refused >= 0)
);

COMMENT ON COLUMN sms_days.country IS 'ISO 3166-1 code, ZZ if it is not known, 001 for numbers of no country';
COMMENT ON COLUMN sms_days.codes IS 'codes that were counted in budgets and not given back';
COMMENT ON COLUMN sms_days.used IS 'codes that were spent on this day';
COMMENT ON COLUMN sms_days.refused IS 'codes that a budget of money has refused';

-- Messages are counted by the process that sends them, and added once a minute.
CREATE TABLE sms_sender_days (
    day      date   NOT NULL,
    country  text   NOT NULL,
    sender   text   NOT NULL,
    currency text   NOT NULL,
    sent     bigint NOT NULL DEFAULT 0,
    unsure   bigint NOT NULL DEFAULT 0,
    failed   bigint NOT NULL DEFAULT 0,
    cost     bigint NOT NULL DEFAULT 0,
    CONSTRAINT sms_sender_days_pk PRIMARY KEY (day, country, sender, currency),
    CONSTRAINT sms_sender_days_country_check CHECK (country ~ '^([A-Z]{2}|[0-9]{3})$'),
    CONSTRAINT sms_sender_days_counts_check CHECK (sent >= 0 AND unsure >= 0 AND failed >= 0 AND cost >= 0)
);

COMMENT ON COLUMN sms_sender_days.currency IS 'ISO 4217 code, empty if no prices are set';
COMMENT ON COLUMN sms_sender_days.unsure IS 'messages that may arrive';
COMMENT ON COLUMN sms_sender_days.cost IS 'what sent and unsure messages cost, in millionths of the currency';

-- A spent code. Rows are moved into sms_days once a minute: if each registration changed the row of its country, all
-- registrations of a country would wait for each other.
CREATE TABLE sms_uses (
    id      bigint GENERATED ALWAYS AS IDENTITY,
    day     date NOT NULL,
    country text NOT NULL,
    CONSTRAINT sms_uses_pk PRIMARY KEY (id),
    CONSTRAINT sms_uses_country_check CHECK (country ~ '^([A-Z]{2}|[0-9]{3})$')
);
