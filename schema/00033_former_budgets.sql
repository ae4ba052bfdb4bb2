-- Drops the counts of sent codes by servers from before 00009. budgets has taken their place. No later version names
-- these tables, and no purge ends their rows, so the client networks in them would be kept for ever.

-- +goose Up
DROP TABLE IF EXISTS sms_budgets, mail_budgets;
