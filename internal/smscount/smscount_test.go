package smscount_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/smscount"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// lines returns the counts from a day on as text.
func lines(t *testing.T, c *smscount.Counter, since time.Time, country, sender string) (all []string) {
	t.Helper()
	days, err := c.Days(t.Context(), since, country, sender)
	fatal(t, err)
	for _, d := range days {
		all = append(all, fmt.Sprintf("%s %s %s %d %d %d %s %s", d.Day.Format(time.DateOnly), d.Country, d.Sender, d.Sent,
			d.Unsure, d.Failed, d.Cost, d.Currency))
	}
	return all
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestCounter: the messages of two replicas are added up by day, country, sender and currency. A message that was not
// sent costs nothing. What could not be stored is stored later, once.
func TestCounter(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC)
	// The day is that of UTC, also if the clock is in another zone.
	clock := func() time.Time { return now.In(time.FixedZone("CST", 8*60*60)) }
	a, b := smscount.New(pool, clock), smscount.New(pool, clock)
	wants := func(since time.Time, country, sender string, want ...string) {
		t.Helper()
		if got := lines(t, a, since, country, sender); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	a.Add("CN", "aliyun", "CNY", smscount.Sent, 50_000)
	a.Add("CN", "aliyun", "CNY", smscount.Unsure, 50_000)
	a.Add("CN", "aliyun", "CNY", smscount.Failed, 50_000)
	b.Add("CN", "aliyun", "CNY", smscount.Sent, 50_000)
	b.Add("DE", "twilio", "", smscount.Sent, 0)
	wants(time.Time{}, "", "")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Flush(ended); err == nil {
		t.Error("a canceled statement succeeds")
	}
	for _, c := range []*smscount.Counter{a, b, a} {
		fatal(t, c.Flush(t.Context()))
	}
	wants(time.Time{}, "", "", "2026-11-30 CN aliyun 2 1 1 0.15 CNY", "2026-11-30 DE twilio 1 0 0 0.00 ")
	now = now.Add(time.Minute)
	a.Add("CN", "tencent", "CNY", smscount.Sent, 60_000)
	a.Add("CN", "aliyun", "USD", smscount.Sent, 10_000)
	fatal(t, a.Flush(t.Context()))
	wants(now, "", "", "2026-12-01 CN aliyun 1 0 0 0.01 USD", "2026-12-01 CN tencent 1 0 0 0.06 CNY")
	wants(time.Time{}, "", "tencent", "2026-12-01 CN tencent 1 0 0 0.06 CNY")
	wants(time.Time{}, "DE", "", "2026-11-30 DE twilio 1 0 0 0.00 ")
}

// TestFlushesAtOnce: replicas that store the same rows at once in different orders lose no count and do not lock each
// other out.
func TestFlushesAtOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := func() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }
	senders := []string{"aliyun", "sns", "tencent", "twilio", "vonage"}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 20 {
				c := smscount.New(pool, now)
				for j := range senders {
					c.Add("CN", senders[(i+j)%len(senders)], "CNY", smscount.Sent, 1)
				}
				if err := c.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for _, line := range lines(t, smscount.New(pool, now), time.Time{}, "", "") {
		var day, country, sender string
		var sent int
		_, err := fmt.Sscan(line, &day, &country, &sender, &sent)
		if err != nil || sent != 160 {
			t.Errorf("%s: want 160 sent", line)
		}
	}
}

// TestKeep: a minute's work stores the messages, moves spent codes, and deletes counts that are older than 400 days.
func TestKeep(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	c := smscount.New(pool, func() time.Time { return now })
	_, err := pool.Exec(t.Context(), "INSERT INTO sms_uses (day, country) "+
		"SELECT '2026-11-30', CASE n % 2 WHEN 0 THEN 'CN' ELSE 'DE' END FROM generate_series(1, 2500) AS n")
	fatal(t, err)
	_, err = pool.Exec(t.Context(),
		"INSERT INTO sms_days (day, country) VALUES ('2025-10-25', 'CN'), ('2025-10-26', 'CN')")
	fatal(t, err)
	_, err = pool.Exec(t.Context(), "INSERT INTO sms_sender_days (day, country, sender, currency) "+
		"VALUES ('2025-10-25', 'CN', 'aliyun', ''), ('2025-10-26', 'CN', 'aliyun', '')")
	fatal(t, err)
	c.Add("DE", "twilio", "", smscount.Sent, 0)
	fatal(t, c.Keep(t.Context()))
	fatal(t, c.Keep(t.Context())) // nothing is counted twice
	var got string
	fatal(t, pool.QueryRow(t.Context(), `SELECT concat_ws('; ',
		(SELECT string_agg(concat_ws(' ', day, country, used), ', ' ORDER BY day, country) FROM sms_days),
		(SELECT string_agg(concat_ws(' ', day, sender, sent), ', ' ORDER BY day) FROM sms_sender_days),
		(SELECT count(*) FROM sms_uses))`).Scan(&got))
	want := "2025-10-26 CN 0, 2026-11-30 CN 1250, 2026-11-30 DE 1250; 2025-10-26 aliyun 0, 2026-11-30 twilio 1; 0"
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestKeepGoesOn: if the messages cannot be stored, codes are moved nevertheless, and the messages are kept. Its day is
// that of the clock: counts of an old day would be deleted.
func TestKeepGoesOn(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	c := smscount.New(pool, time.Now)
	exec := func(sql string) {
		t.Helper()
		_, err := pool.Exec(t.Context(), sql)
		fatal(t, err)
	}
	exec("INSERT INTO sms_uses (day, country) VALUES (current_date, 'CN')")
	exec("ALTER TABLE sms_sender_days RENAME TO away")
	c.Add("CN", "twilio", "", smscount.Sent, 0)
	if c.Keep(t.Context()) == nil {
		t.Error("no error without a table")
	}
	exec("ALTER TABLE away RENAME TO sms_sender_days")
	fatal(t, c.Flush(t.Context()))
	var got string
	fatal(t, pool.QueryRow(t.Context(),
		"SELECT (SELECT sum(used) FROM sms_days) || ' ' || (SELECT sum(sent) FROM sms_sender_days)").Scan(&got))
	if got != "1 1" {
		t.Errorf("%s: codes and messages, want 1 of each", got)
	}
}

// TestFoldEnds: a batch that is not full ends the moving of codes, also if codes are spent meanwhile.
func TestFoldEnds(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	// With each batch that moves codes, another code is spent, up to 50.
	_, err := pool.Exec(t.Context(), `INSERT INTO sms_uses (day, country) VALUES (current_date, 'CN');
		CREATE SEQUENCE batches;
		CREATE FUNCTION spend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('batches') < 50 THEN
				INSERT INTO sms_uses (day, country) VALUES (current_date, 'CN');
			END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER spend AFTER DELETE ON sms_uses FOR EACH ROW EXECUTE FUNCTION spend()`)
	fatal(t, err)
	fatal(t, smscount.New(pool, time.Now).Keep(t.Context()))
	var used int
	fatal(t, pool.QueryRow(t.Context(), "SELECT sum(used) FROM sms_days").Scan(&used))
	if used != 1 {
		t.Errorf("%d batches, want 1", used)
	}
}
