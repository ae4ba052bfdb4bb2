-- How many mails with codes were sent: for a user, for a client network, and in all. The bounds hold
-- over all replicas. budgets (00009) takes the place of this table.

-- +goose Up
CREATE TABLE mail_budgets (
    scope           text NOT NULL,
    key             text NOT NULL,
    window_start    timestamptz NOT NULL,
    sent            integer NOT NULL,

    CONSTRAINT mail_budgets_pk PRIMARY KEY (scope, key),
    CONSTRAINT mail_budgets_scope_check CHECK (scope IN ('user', 'network', 'total')),
    CONSTRAINT mail_budgets_sent_check CHECK (sent >= 0)
);

CREATE INDEX mail_budgets_window_start_idx ON mail_budgets (window_start);
