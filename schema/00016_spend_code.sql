-- The rule by which a code is spent. A login spends a code by a statement of its own; a
-- registration spends it in the statement that inserts the user, which saves a round trip.
-- The function keeps the rule in one place. A later rule is a function with another name,
-- since servers of the previous version go on calling this one while they are replaced.

-- +goose Up
-- +goose StatementBegin
-- spend_code returns 'spent' if it has spent the code, 'exhausted' if the subnet of the request
-- has no try left at the code, and 'expired' if the code has expired or another transaction has
-- spent it (I2). After the answer "this email is taken", a code is exhausted for a registration
-- with an email. A spent code also changes budgets: the subnet of the request becomes known for the
-- address, and the failures of this subnet are forgiven. A code sent by SMS counts as redeemed for its
-- prefix and for the network that asked for it. Budgets are locked in the order of TakeAndKeepCode.
CREATE FUNCTION spend_code(
    of_site bigint, of_address text, mac bytea, from_subnet text, tries_allowed integer,
    prefix text, hashed_address text, asker text, at timestamptz, known_until timestamptz, with_email boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
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
        SELECT b.scope, b.key FROM budgets AS b, spent
        WHERE b.ends_at > at AND (
            (b.scope = 'sms_prefix' AND b.key = prefix)
            OR (b.scope = 'network_day' AND b.key = spent.network AND prefix <> '')
            OR (b.scope = 'asker_failures' AND b.key = asker)
            OR (b.scope = 'address_failures' AND b.key = hashed_address AND from_subnet = ''))
        ORDER BY b.scope, b.key
        FOR UPDATE OF b
    ), redeemed AS (
        UPDATE budgets AS b SET
            redeemed = b.redeemed + CASE WHEN b.scope IN ('sms_prefix', 'network_day') THEN 1 ELSE 0 END,
            used = CASE WHEN b.scope IN ('sms_prefix', 'network_day') THEN b.used ELSE 0 END
        FROM touched AS t
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
