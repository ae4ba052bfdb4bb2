-- How many codes were sent by SMS within an hour or a day: to a prefix of numbers, for a client
-- network, and in all. The site pays for each message, so the bounds hold over all replicas. budgets
-- (00009) takes the place of this table.

-- +goose Up
CREATE TABLE sms_budgets (
    scope           text NOT NULL,
    key             text NOT NULL,
    window_start    timestamptz NOT NULL,
    sent            integer NOT NULL,
    redeemed        integer NOT NULL,

    CONSTRAINT sms_budgets_pk PRIMARY KEY (scope, key),
    CONSTRAINT sms_budgets_scope_check CHECK (scope IN ('prefix', 'network', 'total')),
    CONSTRAINT sms_budgets_counts_check CHECK (sent >= 0 AND redeemed >= 0)
);

CREATE INDEX sms_budgets_window_start_idx ON sms_budgets (window_start);
