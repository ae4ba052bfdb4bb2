-- Deliveries: which events a receiver of ENROLL_EVENTS_URL has still to get. A registration writes no row here. A
-- replica reads the log of events behind the place of a receiver, and queues what it finds, in one statement.
--
-- A row is a user with events that a receiver has not got, and not one event: one replica at a time claims it, and
-- sends the events in their order, so that no event overtakes an earlier one of its user, and no row waits for another.
-- The events themselves stay in the table events.

-- +goose Up
CREATE TABLE event_receivers (
    name        text NOT NULL,
    tx          bigint NOT NULL,
    id          bigint NOT NULL,

    CONSTRAINT event_receivers_pk PRIMARY KEY (name),
    CONSTRAINT event_receivers_name_check CHECK (length(name) BETWEEN 1 AND 64)
);

COMMENT ON TABLE event_receivers IS 'one row for each receiver that ENROLL_EVENTS_URL has named so far';
COMMENT ON COLUMN event_receivers.tx IS 'tx and id are the place in events up to which all are queued or unwanted';

CREATE TABLE deliveries (
    receiver    text NOT NULL,
    user_id     bigint NOT NULL,
    seq         integer NOT NULL,
    last_seq    integer NOT NULL,
    event_at    timestamptz NOT NULL,
    queued_at   timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    tries       integer NOT NULL DEFAULT 0,
    claimed     boolean NOT NULL DEFAULT false,
    turn        integer NOT NULL DEFAULT 0,

    CONSTRAINT deliveries_pk PRIMARY KEY (receiver, user_id),
    CONSTRAINT deliveries_seq_check CHECK (seq >= 0 AND seq < last_seq),
    CONSTRAINT deliveries_tries_check CHECK (tries >= 0)
);

CREATE INDEX deliveries_due_idx ON deliveries (receiver, due_at);
CREATE INDEX deliveries_event_at_idx ON deliveries (receiver, event_at);

COMMENT ON TABLE deliveries IS 'users with events that a receiver has not got';
COMMENT ON COLUMN deliveries.seq IS 'the events up to this number are done';
COMMENT ON COLUMN deliveries.last_seq IS 'the last event that the receiver is to get';
COMMENT ON COLUMN deliveries.event_at IS 'when the next event happened, or an earlier time';
COMMENT ON COLUMN deliveries.queued_at IS 'the time of retries begins here for events that are older';
COMMENT ON COLUMN deliveries.due_at IS 'the next try; of a claimed row, when the claim ends if its replica is gone';
COMMENT ON COLUMN deliveries.tries IS 'failed tries of the next event';
COMMENT ON COLUMN deliveries.turn IS 'changes with each claim: a replica whose claim has ended changes nothing';

CREATE TABLE set_aside_events (
    receiver    text NOT NULL,
    user_id     bigint NOT NULL,
    seq         integer NOT NULL,
    site_id     bigint NOT NULL,
    type        text NOT NULL,
    event_at    timestamptz NOT NULL,
    at          timestamptz NOT NULL,
    failure     text NOT NULL,

    CONSTRAINT set_aside_events_pk PRIMARY KEY (receiver, user_id, seq),
    CONSTRAINT set_aside_events_failure_check CHECK (length(failure) BETWEEN 1 AND 64)
);

CREATE INDEX set_aside_events_event_at_idx ON set_aside_events (event_at);

COMMENT ON TABLE set_aside_events IS 'events that are not tried any more';
COMMENT ON COLUMN set_aside_events.failure IS 'what the last try has met';
