-- All subnets of an IPv6 /48 together may enter as many wrong codes for an address as one subnet,
-- because they may belong to one customer. A right code sets the count of the /48 to 0, as it does
-- that of its subnet.

-- +goose Up
-- +goose StatementBegin
-- spend_code_within is spend_code for a subnet with a network around it; around is the key of that
-- network in budgets, or ''. The row of around is locked last, as in TryCode, so the two statements
-- cannot deadlock.
CREATE FUNCTION spend_code_within(
    of_site bigint, of_address text, mac bytea, from_subnet text, tries_allowed integer,
    prefix text, hashed_address text, asker text, around text, at timestamptz, known_until timestamptz,
    with_email boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text := spend_code(
        of_site, of_address, mac, from_subnet, tries_allowed, prefix, hashed_address, asker, at, known_until,
        with_email);
BEGIN
    IF outcome = 'spent' AND around <> '' THEN
        UPDATE budgets AS b SET used = 0 WHERE b.scope = 'asker_failures' AND b.key = around AND b.ends_at > at;
    END IF;
    RETURN outcome;
END
$$;
-- +goose StatementEnd
