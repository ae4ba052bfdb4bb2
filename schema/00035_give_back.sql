-- A right code gives back what its networks have taken of the counts of the address that all networks share: the
-- codes of address_first and the wrong answers of address_failures. So a person who travels through many networks
-- is not limited by earlier ones.

-- +goose Up
-- +goose StatementBegin
-- spend_code_and_give_back is spend_code_within, and gives back if the code was spent. The networks are the one of
-- the request and the one that requested the code. Wrong answers of a subnet count for the address if the two counts
-- end at the same time (see TryCode); those of known subnets do not.
-- Rows are locked in the order of TryCode (the code, address_failures, asker_failures) and of TakeAndKeepCode
-- (address_first, asker_first, network_day, sms_prefix), so the statements cannot deadlock with this one.
CREATE FUNCTION spend_code_and_give_back(
    of_site bigint, of_address text, mac bytea, from_subnet text, tries_allowed integer,
    prefix text, hashed_address text, asker text, around text, at timestamptz, known_until timestamptz,
    with_email boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    here text := CASE WHEN around <> '' THEN around ELSE asker END;
    networks text[] := ARRAY[here];
    failures integer;
    codes integer;
    outcome text;
BEGIN
    SELECT ARRAY[here, hashed_address || '/' || c.network] INTO networks FROM one_time_codes AS c
    WHERE c.site_id = of_site AND c.address = of_address AND c.code_mac = mac
    FOR UPDATE;
    PERFORM FROM budgets AS b WHERE b.scope = 'address_failures' AND b.key = hashed_address FOR UPDATE;
    PERFORM FROM budgets AS b
    WHERE b.scope = 'address_first' AND b.key = hashed_address OR b.scope = 'asker_first' AND b.key = ANY (networks)
    ORDER BY b.scope, b.key
    FOR UPDATE;
    SELECT f.used INTO failures FROM budgets AS f
    JOIN budgets AS a ON a.scope = 'address_failures' AND a.key = hashed_address AND a.ends_at = f.ends_at
    WHERE f.scope = 'asker_failures' AND f.key = here AND f.ends_at > at;

    outcome := spend_code_within(
        of_site, of_address, mac, from_subnet, tries_allowed, prefix, hashed_address, asker, around, at, known_until,
        with_email);
    IF outcome <> 'spent' THEN
        RETURN outcome;
    END IF;

    UPDATE budgets AS b SET used = greatest(b.used - failures, 0)
    WHERE b.scope = 'address_failures' AND b.key = hashed_address AND failures > 0;
    SELECT sum(b.used) INTO codes FROM budgets AS b
    WHERE b.scope = 'asker_first' AND b.key = ANY (networks) AND b.ends_at > at;
    UPDATE budgets AS b SET used = CASE WHEN b.scope = 'address_first' THEN greatest(b.used - codes, 0) ELSE 0 END
    WHERE codes > 0 AND b.ends_at > at AND (b.scope = 'address_first' AND b.key = hashed_address
        OR b.scope = 'asker_first' AND b.key = ANY (networks));
    RETURN outcome;
END
$$;
-- +goose StatementEnd
