-- name: DeleteOneTimeCode :execrows
-- Removes a code of which nothing was handed to the sender. No row means that the statement
-- that was to insert it, and to take from its budgets, has changed nothing.
DELETE FROM one_time_codes
WHERE site_id = @site_id AND address = @address AND code_mac = @code_mac AND sent_at = @sent_at;

-- name: TryCode :one
-- Compares an answer with the codes of an address and counts it if it is wrong, in one
-- statement, outside the registration's transaction, so that neither a race nor a rollback
-- makes a guess free (I3). Each code has tries for the subnet that asked for it and others
-- for all other subnets together (I10). Wrong answers also count for the address, for the
-- address and subnet, and for the address and the network around the subnet, if there is one. If
-- one of these budgets is used up, nothing is compared. For a known subnet only the budget of the
-- address and subnet is compared and counted, over a time of its own.
-- A right answer writes nothing and so waits for no disk. The statement that spends the code
-- checks again whether tries are left: many guesses that arrive at once may all be compared
-- before one of them is counted. Comparing keyed hashes by = leaks nothing: guessers cannot know them.
WITH good AS (
    SELECT c.code_mac, (c.code_mac = @code_mac::bytea)::boolean AS matched,
        (CASE WHEN c.subnet = @subnet::text THEN c.tries < @max_tries::integer
              ELSE c.tries_elsewhere < @max_tries::integer END)::boolean AS has_try
    FROM one_time_codes AS c
    WHERE c.site_id = @site_id AND c.address = @address AND c.purpose = @purpose
        AND c.user_id = @user_id AND c.expires_at > @now::timestamptz
), known AS (
    SELECT 1 FROM budgets AS k
    WHERE k.scope = 'asker_known' AND k.key = @asker_key::text AND k.ends_at > @now::timestamptz
), spent AS (
    SELECT 1 FROM budgets AS b
    WHERE b.ends_at > @now::timestamptz AND (
        (b.scope = 'asker_failures' AND b.key = @asker_key::text AND b.used >= @max_asker_failures::integer)
        OR ((b.scope = 'address_failures' AND b.key = @address_key::text AND b.used >= @max_failures::integer
                OR b.scope = 'asker_failures' AND b.key = @around_key::text AND b.used >= @max_asker_failures::integer)
            AND NOT EXISTS (SELECT FROM known)))
), counted AS (
    UPDATE one_time_codes AS w SET
        tries = w.tries + CASE WHEN w.subnet = @subnet::text THEN 1 ELSE 0 END,
        tries_elsewhere = w.tries_elsewhere + CASE WHEN w.subnet = @subnet::text THEN 0 ELSE 1 END
    WHERE w.site_id = @site_id AND w.address = @address AND w.purpose = @purpose
        AND w.user_id = @user_id AND w.expires_at > @now::timestamptz
        AND CASE WHEN w.subnet = @subnet::text THEN w.tries < @max_tries::integer
                 ELSE w.tries_elsewhere < @max_tries::integer END
        AND NOT EXISTS (SELECT FROM good WHERE good.matched AND good.has_try)
        AND NOT EXISTS (SELECT FROM spent)
    RETURNING 1
), failed AS (
    INSERT INTO budgets AS f (scope, key, ends_at, used, redeemed)
    -- The counts of subnets end with that of the address, so that each subnet fills its count once in it.
    SELECT v.scope, v.key, CASE WHEN EXISTS (SELECT FROM known) THEN @known_failures_end::timestamptz
        ELSE coalesce((SELECT a.ends_at FROM budgets AS a
            WHERE a.scope = 'address_failures' AND a.key = @address_key::text AND a.ends_at > @now::timestamptz),
            @failures_end::timestamptz) END, 1, 0
    FROM (VALUES
        (1, 'address_failures', @address_key::text), (2, 'asker_failures', @asker_key::text),
        (3, 'asker_failures', @around_key::text)) AS v (place, scope, key)
    WHERE EXISTS (SELECT FROM counted) AND v.key <> ''
        AND (v.scope = 'asker_failures' AND v.key = @asker_key::text OR NOT EXISTS (SELECT FROM known))
    ORDER BY v.place
    ON CONFLICT ON CONSTRAINT budgets_pk DO UPDATE SET
        -- A right code sets the count of its subnet to 0. Then the next wrong answer begins a new
        -- window.
        ends_at = CASE WHEN f.ends_at > @now::timestamptz AND (f.used > 0 OR f.scope = 'address_failures')
            THEN f.ends_at ELSE excluded.ends_at END,
        used = CASE WHEN f.ends_at > @now::timestamptz THEN f.used + 1 ELSE 1 END
)
SELECT (CASE
    WHEN NOT EXISTS (SELECT FROM good) THEN 'expired'
    WHEN EXISTS (SELECT FROM spent) THEN 'exhausted'
    WHEN EXISTS (SELECT FROM good WHERE good.matched AND good.has_try) THEN 'right'
    WHEN EXISTS (SELECT FROM counted) THEN 'wrong'
    ELSE 'exhausted'
END)::text AS verdict;

-- name: SpendCode :one
-- Spends a code: schema/00035_give_back.sql has the rule and the outcomes. A spent code of a phone is noted for its
-- country, which is empty for an email.
WITH code AS MATERIALIZED (
    SELECT spend_code_and_give_back(
        @site_id::bigint, @address::text, @code_mac::bytea, @subnet::text, @max_tries::integer, @prefix::text,
        @address_key::text, @asker_key::text, @around_key::text, @now::timestamptz, @known_until::timestamptz, false
    ) AS outcome
), noted AS (
    INSERT INTO sms_uses (day, country)
    SELECT @day::date, @country::text FROM code
    WHERE code.outcome = 'spent' AND @country::text <> ''
)
SELECT code.outcome::text AS outcome FROM code;

-- name: AskEmail :execrows
-- Notes that an answer about a taken email was given for the code. A code allows one such answer. No row
-- means that it was given before.
UPDATE one_time_codes SET email_asked = true
WHERE site_id = @site_id AND address = @address AND code_mac = @code_mac AND NOT email_asked;

-- name: ForgetAddressCodes :execrows
-- Deletes the pending codes of an address on all sites, for an operator (code.Service.ResetIn).
DELETE FROM one_time_codes WHERE address = @address;

-- name: ForgetUserCodes :execrows
-- Deletes the codes of a user that leaves: those on their way to its addresses on its site, and those
-- that it has requested for others.
DELETE FROM one_time_codes
WHERE site_id = @site_id AND address = ANY (@addresses::text[])
    OR user_id = @user_id AND user_id <> 0;

-- name: PurgeOneTimeCodes :execrows
-- Deletes expired codes. A batch is bounded, so that a purge never holds many locks.
DELETE FROM one_time_codes
WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM one_time_codes AS p
    WHERE p.expires_at < @expired_before
    ORDER BY p.expires_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));

-- name: PurgeFormerCodes :execrows
-- Deletes old rows of a table that only versions before migration 00009 write.
DELETE FROM codes
WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM codes AS p
    WHERE p.sent_at < @sent_before
    ORDER BY p.sent_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));

-- name: CodeAsked :one
-- Reports whether a network has asked for a code that is still good for the same use. A call comes after such a code.
-- Codes that other networks have asked for do not count: the answer must not tell what other people do.
SELECT EXISTS (
    SELECT FROM one_time_codes AS c
    WHERE c.site_id = @site_id AND c.address = @address AND c.purpose = @purpose AND c.user_id = @user_id
        AND c.network = @network AND c.expires_at > @now::timestamptz
)::boolean AS asked;
