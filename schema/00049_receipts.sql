-- Delivery receipts: what the providers of SMS say later about messages that they have taken. The previous version
-- neither receives receipts nor reads these tables.

-- +goose Up
-- The receipts that were counted, so that a repetition is not counted again. Rows are moved into sms_receipt_days once
-- a minute, as those of sms_uses are, and are kept for a week.
CREATE TABLE sms_receipts (
    id      bytea   NOT NULL,
    day     date    NOT NULL,
    country text    NOT NULL,
    sender  text    NOT NULL,
    result  text    NOT NULL,
    counted boolean NOT NULL DEFAULT false,
    CONSTRAINT sms_receipts_pk PRIMARY KEY (id),
    CONSTRAINT sms_receipts_id_check CHECK (length(id) = 16),
    CONSTRAINT sms_receipts_country_check CHECK (country ~ '^([A-Z]{2}|[0-9]{3})$'),
    CONSTRAINT sms_receipts_result_check CHECK (result IN ('delivered', 'recipient_failed', 'failed', 'unknown'))
);

CREATE INDEX sms_receipts_new_idx ON sms_receipts (day) WHERE NOT counted;
CREATE INDEX sms_receipts_day_idx ON sms_receipts (day);

COMMENT ON COLUMN sms_receipts.id IS 'a keyed hash of the sender and the id that the provider gave the message';
COMMENT ON COLUMN sms_receipts.day IS 'the day (UTC) on which the receipt came';
COMMENT ON COLUMN sms_receipts.counted IS 'whether it was moved into sms_receipt_days';

CREATE TABLE sms_receipt_days (
    day              date   NOT NULL,
    country          text   NOT NULL,
    sender           text   NOT NULL,
    delivered        bigint NOT NULL DEFAULT 0,
    recipient_failed bigint NOT NULL DEFAULT 0,
    failed           bigint NOT NULL DEFAULT 0,
    unknown          bigint NOT NULL DEFAULT 0,
    CONSTRAINT sms_receipt_days_pk PRIMARY KEY (day, country, sender),
    CONSTRAINT sms_receipt_days_country_check CHECK (country ~ '^([A-Z]{2}|[0-9]{3})$'),
    CONSTRAINT sms_receipt_days_counts_check
        CHECK (delivered >= 0 AND recipient_failed >= 0 AND failed >= 0 AND unknown >= 0)
);

COMMENT ON COLUMN sms_receipt_days.recipient_failed IS 'messages that failed because of the phone, for good';
COMMENT ON COLUMN sms_receipt_days.unknown IS 'receipts with a status that this version does not know';
