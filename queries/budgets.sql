-- name: AskerStanding :one
-- What is known of a client before it may use budgets: whether its subnet has redeemed a code of this
-- address before (known), whether its network has used up its own codes of this address (used_own),
-- whether its network has redeemed enough of the codes that it asked for (converts), and whether at
-- least own_codes codes were sent to this prefix for its network (at_prefix), and how many codes for phones of this
-- country were not used since yesterday (unused). It is 0 unless at least country_from were sent and fewer than
-- watch_percent of them spent. Until no_tries_until, TryCode refuses every answer of this client, so no code is
-- sent for the client either.
SELECT
    EXISTS (SELECT FROM budgets AS k
        WHERE k.scope = 'asker_known' AND k.key = @asker_key::text AND k.ends_at > @now::timestamptz)::boolean AS known,
    EXISTS (SELECT FROM budgets AS d
        WHERE d.scope = 'asker_first' AND d.key = @first_key::text AND d.ends_at > @now::timestamptz
            AND d.used >= @own_codes::integer)::boolean AS used_own,
    EXISTS (SELECT FROM budgets AS n
        WHERE n.scope = 'network_day' AND n.key = @network::text AND n.ends_at > @now::timestamptz
            AND n.redeemed > 0 AND n.redeemed * 100 >= n.used * @watch_percent::integer)::boolean AS converts,
    EXISTS (SELECT FROM budgets AS p
        WHERE p.scope = 'sms_prefix_part' AND p.key = @prefix_key::text
            AND p.ends_at > @now::timestamptz AND p.used >= @own_codes::integer)::boolean AS at_prefix,
    coalesce((SELECT sum(c.codes) - sum(c.used)
        FROM sms_days AS c
        WHERE c.country = @country::text AND c.day IN (@day::date, @yesterday::date)
        HAVING sum(c.codes) >= @country_from::integer
            AND sum(c.used) * 100 < sum(c.codes) * @watch_percent::integer), 0)::bigint AS unused,
    coalesce((SELECT max(f.ends_at) FROM budgets AS f
        WHERE f.ends_at > @now::timestamptz AND (
            (f.scope = 'asker_failures' AND f.key = @asker_key::text AND f.used >= @max_asker_failures::integer)
            OR ((f.scope = 'address_failures' AND f.key = @address_key::text AND f.used >= @max_failures::integer
                    OR f.scope = 'asker_failures' AND f.key = @around_key::text
                    AND f.used >= @max_asker_failures::integer)
                AND NOT EXISTS (SELECT FROM budgets AS k
                    WHERE k.scope = 'asker_known' AND k.key = @asker_key::text AND k.ends_at > @now::timestamptz)))),
        @now::timestamptz)::timestamptz AS no_tries_until;

-- name: PrepareBudgets :exec
-- Inserts the rows that TakeAndKeepCode locks, in the order in which it locks them. A row can be deleted before
-- TakeAndKeepCode has locked it: by PurgeBudgets, since no window is open in it, or by ForgetBudgets.
INSERT INTO budgets (scope, key, ends_at, used, redeemed)
SELECT w.scope, w.key, @now::timestamptz, 0, 0
FROM (SELECT unnest(@scopes::text[]) AS scope, unnest(@keys::text[]) AS key) AS w
ORDER BY w.scope, w.key
ON CONFLICT ON CONSTRAINT budgets_pk DO NOTHING;

-- name: TakeAndKeepCode :many
-- Counts one use of each of the given budgets and stores the code. If some of the budgets are used up,
-- it does neither and returns those budgets. A subnet has at most three valid codes for one
-- purpose; with a fourth its oldest is deleted. Codes that other subnets asked for stay. If the same
-- six digits are drawn again, they stay one code. All rows are locked before one is read, so many
-- requests at once cannot take more than is left, and a refused request has counted nothing, not
-- even for a moment. All requests lock in one order, so that two never wait for each other. From
-- watch_from codes on, a budget also counts as used up while less than watch_percent of its codes are
-- redeemed.
--
-- If the row of a budget is missing, nothing is counted or stored, and the budget is returned as missing: without its
-- row it could be neither compared nor counted. PrepareBudgets inserts it.
--
-- A budget with a cost is one of money: the message takes its cost, unless more than most would then be taken. If
-- limit_of is not 0, the budget is returned also if it is not used up, with the money that is then counted and the
-- alarm that the log has had in its window (RaiseAlarm).
--
-- A code for a phone also counts for the day and the country of the phone, as sent or, if the operator's money does not
-- allow it, as refused. Its row is locked last. country is empty for other codes. Without an address the budgets are
-- counted and no code is stored, as for a notice.
WITH wanted AS (
    SELECT unnest(@scopes::text[]) AS scope, unnest(@keys::text[]) AS key, unnest(@ends::timestamptz[]) AS ends_at,
        unnest(@allowed::integer[]) AS allowed, unnest(@watch_from::integer[]) AS watch_from,
        unnest(@part_of::text[]) AS part_of, unnest(@part_keys::text[]) AS part_key,
        unnest(@costs::bigint[]) AS cost, unnest(@most::bigint[]) AS most, unnest(@limits::bigint[]) AS limit_of
), locked AS (
    SELECT b.scope, b.key, b.ends_at, b.used, b.redeemed, b.money, b.alarm FROM budgets AS b
    WHERE (b.scope, b.key) IN (SELECT w.scope, w.key FROM wanted AS w)
    ORDER BY b.scope, b.key
    FOR UPDATE
), priced AS (
    -- money is what is counted with this message.
    SELECT r.*, CASE WHEN r.running THEN r.spent ELSE 0 END + r.cost AS money,
        CASE WHEN r.running THEN r.raised ELSE 0 END AS alarm
    FROM (
        SELECT w.*, l.ends_at AS old_end, l.used, l.redeemed, l.money AS spent, l.alarm AS raised,
            coalesce(l.ends_at > @now::timestamptz AND l.used > 0, false) AS running, l.scope IS NULL AS missing
        FROM wanted AS w LEFT JOIN locked AS l ON l.scope = w.scope AND l.key = w.key
    ) AS r
), checked AS (
    SELECT p.scope, p.key, p.limit_of, p.running, p.money, p.alarm, p.missing,
        CASE WHEN p.running THEN p.old_end ELSE coalesce(whole.ends_at, p.ends_at) END AS ends_at,
        p.missing OR p.running AND (
            p.used >= p.allowed
            OR (p.used >= p.watch_from AND p.redeemed * 100 < p.used * @watch_percent::integer))
            OR p.cost > 0 AND p.money > p.most AS used_up
    FROM priced AS p
    LEFT JOIN locked AS whole ON whole.scope = p.part_of AND whole.key = p.part_key
        AND whole.ends_at > @now::timestamptz AND whole.used > 0
), taken AS (
    UPDATE budgets AS b SET
        ends_at = j.ends_at,
        used = CASE WHEN j.running THEN b.used + 1 ELSE 1 END,
        redeemed = CASE WHEN j.running THEN b.redeemed ELSE 0 END,
        money = j.money,
        alarm = j.alarm
    FROM checked AS j
    WHERE b.scope = j.scope AND b.key = j.key AND NOT EXISTS (SELECT FROM checked AS u WHERE u.used_up)
), counted AS (
    INSERT INTO sms_days AS d (day, country, codes, refused)
    SELECT @day::date, @country::text, v.codes, v.refused
    FROM (SELECT (count(*) FILTER (WHERE u.used_up) = 0)::integer AS codes,
        (count(*) FILTER (WHERE u.used_up AND u.limit_of > 0) > 0)::integer AS refused FROM checked AS u) AS v
    WHERE @country::text <> '' AND v.codes + v.refused > 0 AND NOT EXISTS (SELECT FROM checked AS m WHERE m.missing)
    ON CONFLICT ON CONSTRAINT sms_days_pk DO UPDATE SET
        codes = d.codes + excluded.codes, refused = d.refused + excluded.refused
), older AS (
    SELECT o.code_mac FROM one_time_codes AS o
    WHERE o.site_id = @site_id AND o.address = @address AND o.purpose = @purpose
        AND o.user_id = @user_id AND o.subnet = @subnet AND o.code_mac <> @code_mac
        AND NOT EXISTS (SELECT FROM checked AS u WHERE u.used_up)
    ORDER BY o.sent_at DESC
    OFFSET 2
), removed AS (
    DELETE FROM one_time_codes AS d USING older
    WHERE d.site_id = @site_id AND d.address = @address AND d.code_mac = older.code_mac
), kept AS (
    INSERT INTO one_time_codes (
        site_id, address, purpose, user_id, code_mac, subnet, network, sent_at, expires_at, tries, tries_elsewhere
    ) SELECT
        @site_id::bigint, @address::text, @purpose::text, @user_id::bigint, @code_mac::bytea, @subnet::text,
        @network::text, @now::timestamptz, @expires_at::timestamptz, 0, 0
    WHERE @address::text <> '' AND NOT EXISTS (SELECT FROM checked AS u WHERE u.used_up)
    ON CONFLICT ON CONSTRAINT one_time_codes_pk DO NOTHING
)
SELECT j.scope::text AS scope, j.key::text AS key, j.used_up::boolean AS used_up, j.ends_at::timestamptz AS ends_at,
    j.money::bigint AS money, j.alarm::integer AS alarm,
    j.missing::boolean AS missing
FROM checked AS j
WHERE j.used_up OR j.limit_of > 0;

-- name: RefundBudgets :exec
-- Takes one use and its cost back from each of the budgets. `ends` has the latest possible ends of the windows in which
-- they were counted. A window that ends later has begun since then and is left as it is. All four arrays must have the
-- same length, because a count without its end is not taken back. A code for a phone of country is taken back from
-- the count of its day as well, after all budgets are locked, as in TakeAndKeepCode.
WITH locked AS (
    SELECT l.scope, l.key, r.cost FROM budgets AS l
    JOIN (SELECT unnest(@scopes::text[]) AS scope, unnest(@keys::text[]) AS key,
            unnest(@ends::timestamptz[]) AS ends_at, unnest(@costs::bigint[]) AS cost) AS r
        ON l.scope = r.scope AND l.key = r.key
    WHERE l.ends_at > @now::timestamptz AND l.ends_at <= r.ends_at
    ORDER BY l.scope, l.key
    FOR UPDATE OF l
), counted AS (
    UPDATE sms_days AS d SET codes = greatest(d.codes - 1, 0)
    WHERE d.country = @country::text AND d.day = @day::date
        AND (SELECT count(*) FROM locked) >= 0
)
UPDATE budgets AS b SET used = greatest(b.used - 1, 0), money = greatest(b.money - locked.cost, 0)
FROM locked
WHERE b.scope = locked.scope AND b.key = locked.key;

-- name: BudgetsUsed :many
SELECT b.scope, b.key, b.used, b.money FROM budgets AS b
JOIN (SELECT unnest(@scopes::text[]) AS scope, unnest(@keys::text[]) AS key) AS w
    ON b.scope = w.scope AND b.key = w.key
WHERE b.ends_at > @now::timestamptz;

-- name: BudgetEnd :one
SELECT coalesce((SELECT b.ends_at FROM budgets AS b WHERE b.scope = @scope AND b.key = @key),
    @now::timestamptz)::timestamptz;

-- name: CountUse :one
-- Counts a use of a budget, such as a captcha that a client network asks for, or an upload of a user. Uses
-- that were redeemed (solved captchas) do not count against the bound. No row means that the bound is
-- reached and that nothing was counted.
INSERT INTO budgets AS b (scope, key, ends_at, used, redeemed)
VALUES (@scope, @key, @ends_at, @cost, 0)
ON CONFLICT ON CONSTRAINT budgets_pk DO UPDATE SET
    ends_at = CASE WHEN b.ends_at > @now::timestamptz THEN b.ends_at ELSE excluded.ends_at END,
    used = CASE WHEN b.ends_at > @now::timestamptz THEN b.used ELSE 0 END + excluded.used,
    redeemed = CASE WHEN b.ends_at > @now::timestamptz THEN b.redeemed ELSE 0 END
WHERE b.ends_at <= @now::timestamptz OR b.used - b.redeemed < @allowed::integer
RETURNING used - redeemed AS unredeemed;

-- name: CountWrongCaptcha :exec
-- SpendCaptcha has counted the captcha as solved. A wrong answer counts as one more that is
-- unsolved.
UPDATE budgets AS b SET used = b.used + 1, redeemed = greatest(b.redeemed - 1, 0)
FROM (
    SELECT l.scope, l.key FROM budgets AS l
    JOIN (SELECT unnest(@scopes::text[]) AS scope, unnest(@keys::text[]) AS key) AS r
        ON l.scope = r.scope AND l.key = r.key
    WHERE l.ends_at > @now::timestamptz
    ORDER BY l.scope, l.key
    FOR UPDATE OF l
) AS locked
WHERE b.scope = locked.scope AND b.key = locked.key;

-- name: ForgetAddressBudgets :execrows
-- Deletes the budgets of an address, and those of the address with each subnet. The keys of the latter are
-- the address's key, a slash and the subnet; '0' is the character after '/'.
DELETE FROM budgets
WHERE scope = ANY (@scopes::text[]) AND key >= @address_key::text AND key < @address_key::text || '0';

-- name: ForgetBudgets :execrows
DELETE FROM budgets WHERE scope = ANY (@scopes::text[]) AND key = @key::text;

-- name: PurgeBudgets :execrows
DELETE FROM budgets
WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM budgets AS p
    WHERE p.ends_at < @ended_before
    ORDER BY p.ends_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
));

-- name: RaiseAlarm :execrows
-- Notes that the log gets an alarm about a window of money. No row: it has had this alarm, or a higher one, or the
-- window has ended. Of several processes one gets the row, and logs.
UPDATE budgets SET alarm = @percent
WHERE scope = 'sms_money' AND key = @key AND ends_at = @ends_at AND ends_at > @now::timestamptz AND used > 0
    AND alarm < @percent;

-- name: MoneyWindows :many
-- What is counted in the running windows of the given budgets of money, and of which percentage the log has had an
-- alarm.
SELECT b.key, b.money, b.ends_at, b.alarm FROM budgets AS b
WHERE b.scope = 'sms_money' AND b.key = ANY (@keys::text[]) AND b.ends_at > @now::timestamptz AND b.used > 0;
