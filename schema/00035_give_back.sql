-- The rule by which a code is spent, in the place of spend_code and spend_code_within, which servers of the previous
-- version go on calling while they are replaced. New: a right code gives back what its networks have taken of the
-- counts of the address that all networks share, the codes of address_first and the wrong answers of
-- address_failures. So a person who travels through many networks is not limited by earlier ones.

-- +goose Up
-- +goose StatementBegin
-- spend_code_and_give_back returns 'spent' if it has spent the code, 'exhausted' if the subnet of the request has no
-- try left at the code, and 'expired' if the code has expired or another transaction has spent it (I2). After the
-- answer "this email is taken", a code is exhausted for a registration with an email.
--
-- A spent code also changes budgets. The subnet of the request becomes known for the address, and its wrong answers are
-- forgiven, also those that are counted for the network around it (around, or ''). They count for the address, too,
-- if the two counts end at the same time (see TryCode); those of known subnets do not. What the network of the request
-- and the one that requested the code have taken of address_first is given back. A code sent by SMS counts as redeemed
-- for its prefix and for the network that requested it.
--
-- All is one statement, because each statement of a function makes a registration by phone slower. It locks the code,
-- and then the budgets in the order of scope and key, as TryCode and TakeAndKeepCode do, so the statements cannot
-- deadlock.
CREATE FUNCTION spend_code_and_give_back(
    of_site bigint, of_address text, mac bytea, from_subnet text, tries_allowed integer,
    prefix text, hashed_address text, asker text, around text, at timestamptz, known_until timestamptz,
    with_email boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    here text := CASE WHEN around <> '' THEN around ELSE asker END;
    found_code boolean;
BEGIN
    WITH spent AS (
        DELETE FROM one_time_codes AS c
        WHERE c.site_id = of_site AND c.address = of_address AND c.code_mac = mac
            AND c.expires_at > at
            AND CASE WHEN c.subnet = from_subnet THEN c.tries < tries_allowed
                     ELSE c.tries_elsewhere < tries_allowed END
            AND (NOT c.email_asked OR NOT with_email)
        RETURNING c.network
    ), touched AS (
        SELECT b.scope, b.key, b.used, b.ends_at FROM budgets AS b, spent
        WHERE b.ends_at > at AND (
            (b.scope = 'sms_prefix' AND b.key = prefix)
            OR (b.scope = 'network_day' AND b.key = spent.network AND prefix <> '')
            OR (b.scope = 'asker_failures' AND b.key IN (asker, around))
            OR (b.scope = 'asker_first' AND b.key IN (here, hashed_address || '/' || spent.network))
            OR (b.scope IN ('address_failures', 'address_first') AND b.key = hashed_address))
        ORDER BY b.scope, b.key
        FOR UPDATE OF b
    ), own AS (
        SELECT
            coalesce(sum(t.used) FILTER (WHERE t.scope = 'asker_first'), 0) AS codes,
            coalesce(sum(t.used) FILTER (WHERE t.scope = 'asker_failures' AND t.key = here
                AND t.ends_at = (SELECT a.ends_at FROM touched AS a WHERE a.scope = 'address_failures')), 0) AS failures
        FROM touched AS t
    ), changed AS (
        UPDATE budgets AS b SET
            redeemed = b.redeemed + CASE WHEN b.scope IN ('sms_prefix', 'network_day') THEN 1 ELSE 0 END,
            used = CASE
                WHEN b.scope IN ('sms_prefix', 'network_day') THEN b.used
                WHEN b.scope = 'address_first' THEN greatest(b.used - own.codes, 0)
                -- Without a subnet clients cannot be distinguished, so all wrong answers are forgiven.
                WHEN b.scope = 'address_failures' AND from_subnet <> '' THEN greatest(b.used - own.failures, 0)
                ELSE 0
            END
        FROM touched AS t, own
        WHERE b.scope = t.scope AND b.key = t.key
    ), known AS (
        INSERT INTO budgets AS k (scope, key, ends_at, used, redeemed)
        SELECT 'asker_known', asker, known_until, 1, 0 FROM spent WHERE from_subnet <> ''
        ON CONFLICT ON CONSTRAINT budgets_pk DO UPDATE SET ends_at = excluded.ends_at
    )
    SELECT EXISTS (SELECT FROM spent) INTO found_code;
    IF found_code THEN
        RETURN 'spent';
    END IF;
    IF EXISTS (SELECT FROM one_time_codes AS c
        WHERE c.site_id = of_site AND c.address = of_address AND c.code_mac = mac AND c.expires_at > at) THEN
        RETURN 'exhausted';
    END IF;
    RETURN 'expired';
END
$$;
-- +goose StatementEnd
