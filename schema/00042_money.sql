-- Budgets in money. A row of budgets also counts what its messages cost, and which alarm about it has been raised.
-- The previous version does not know the columns. It leaves the money that is counted as it is, and does not count
-- the messages that it sends itself during an upgrade.

-- +goose Up
ALTER TABLE budgets
    ADD COLUMN money bigint NOT NULL DEFAULT 0,
    ADD COLUMN alarm smallint NOT NULL DEFAULT 0,
    -- NOT VALID checks new rows only. In the existing ones both columns are 0, and a scan would lock the table.
    ADD CONSTRAINT budgets_money_check CHECK (money >= 0 AND alarm IN (0, 50, 80, 100)) NOT VALID;

COMMENT ON COLUMN budgets.money IS 'what the events counted by used cost, in millionths of the currency in the key';
COMMENT ON COLUMN budgets.alarm IS 'percentage of the budget of which the log has had an alarm in this window, or 0';
