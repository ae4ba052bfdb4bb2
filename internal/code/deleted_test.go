package code_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestPurgeDuringARequest: the rows of budgets are deleted while a request waits to count in them. It counts in all of
// them nevertheless, once.
func TestPurgeDuringARequest(t *testing.T) {
	t.Parallel()
	all := moneyLimits(newFunds(t, "5.00/1d", "0.05", "0.05"))
	all.SMSPerPrefix, all.SMSTotal = 240, 1200
	counts := func(d *desk) int { return d.count("budgets WHERE used = 1") }
	calm := newDesk(t, all)
	calm.mustAsk(phone(victim), home)
	want := counts(calm)

	d := newDesk(t, all)
	twin := d.twin(all)
	twin.advance(time.Minute)
	// The cooldown's row is the only one that the purge leaves: it is locked.
	d.exec("INSERT INTO budgets (scope, key, ends_at, used, redeemed) VALUES ('cooldown', $1, $2, 0, 0)",
		calm.text("SELECT key FROM budgets WHERE scope = 'cooldown'"), d.now())
	holder, err := d.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = holder.Rollback(context.WithoutCancel(t.Context())) }() // if the test ends early
	_, err = holder.Exec(t.Context(), "SELECT FROM budgets WHERE scope = 'cooldown' FOR UPDATE")
	fatal(t, err)
	results := pgtest.Blocked(t, d.pool, func() error {
		_, err := d.ask(phone(victim), home)
		return err
	})
	if n, err := twin.PurgeBudgets(t.Context()); err != nil || n == 0 {
		t.Fatalf("%d rows were deleted, %v", n, err)
	}
	fatal(t, holder.Rollback(t.Context()))
	fatal(t, results())
	if got := counts(d); got != want || d.count("budgets WHERE used > 1") != 0 {
		t.Errorf("the code counts in %d budgets, want %d", got, want)
	}
	if got := d.days(); len(got) != 1 || got[0] != "2026-11-28 CN 1 0 0" {
		t.Errorf("the day has %q", got)
	}
	_, err = d.ask(phone(victim), home)
	d.expect(err, code.TooSoon)
}

// TestRowsDeletedAgainAndAgain: if the rows cannot be kept, nothing is counted, stored or sent.
func TestRowsDeletedAgainAndAgain(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "5.00/1d", "0.05", "0.05")
	d := newDeskOf(t, pgtest.Fresh(t), moneyLimits(p), prometheus.NewRegistry())
	d.exec("CREATE FUNCTION drop_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
	d.exec("CREATE TRIGGER drop_it BEFORE INSERT ON budgets FOR EACH ROW WHEN (NEW.scope = 'cooldown') " +
		"EXECUTE FUNCTION drop_it()")
	_, err := d.Send(t.Context(), phone(victim), home, func(context.Context, string) (bool, error) {
		t.Error("a code is sent that is not counted")
		return true, nil
	})
	if !errors.Is(err, code.ErrNotKept) {
		t.Errorf("got %v", err)
	}
	if d.count("budgets WHERE used > 0") != 0 || d.count("one_time_codes") != 0 || len(d.days()) != 0 {
		t.Error("something is counted or stored")
	}
}

func (d *desk) text(query string) (text string) {
	d.Helper()
	fatal(d.T, d.pool.QueryRow(d.Context(), query).Scan(&text))
	return text
}
