-- Drops the tables in which servers from before 00009 counted sent codes. budgets has taken their place. No later
-- version names these tables, and no purge deletes their rows, so the client networks in them would be kept forever.

-- +goose Up
DROP TABLE IF EXISTS sms_budgets, mail_budgets;
