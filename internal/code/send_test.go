package code_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/code"
)

// TestHangingUpChangesNothing: if the client disconnects before the sender answers, the message
// is still sent and counted, and its code is valid. A second request is too soon.
func TestHangingUpChangesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerNetwork: 50})
	sent, right := 0, ""
	for range 40 {
		ctx, hangUp := context.WithCancel(t.Context())
		_, err := d.Send(ctx, phone(victim), home, func(ctx context.Context, c string) (bool, error) {
			hangUp()
			if ctx.Err() != nil {
				t.Error("the delivery ends with the client")
			}
			sent, right = sent+1, c
			return true, ctx.Err()
		})
		if sent == 1 && err != nil && refused(err) != code.TooSoon {
			t.Error(err)
		}
		hangUp()
	}
	if sent != 1 {
		t.Errorf("%d messages were sent, want 1", sent)
	}
	fatal(t, d.redeem(phone(victim), home, right))
}

// TestUnknownDeliveryCounts: a message that may arrive is counted, and its code is valid.
func TestUnknownDeliveryCounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerNetwork: 50})
	slow := errors.New("no answer in time")
	right := ""
	_, err := d.Send(t.Context(), phone(victim), home, func(_ context.Context, c string) (bool, error) {
		right = c
		return true, slow
	})
	if !errors.Is(err, slow) {
		t.Error(err)
	}
	_, err = d.ask(phone(victim), home)
	d.expect(err, code.TooSoon)
	fatal(t, d.redeem(phone(victim), home, right))
}

// TestNothingHandedOverCountsNothing: if nothing was handed over, the code and its counts are removed.
func TestNothingHandedOverCountsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 3, SMSPerNetwork: 3, SMSTotal: 3})
	down := errors.New("no connection")
	for range 20 {
		_, err := d.Send(t.Context(), phone(victim), home, func(context.Context, string) (bool, error) { return false, down })
		if !errors.Is(err, down) {
			t.Fatal(err)
		}
	}
	if d.count("one_time_codes") != 0 || d.count("budgets WHERE used > 0") != 0 {
		t.Error("something is left")
	}
	_, err := d.ask(phone(victim), home)
	fatal(t, err)
}

// TestCodeGoneBeforeItIsTakenBack: while a sender works, the code is deleted, as by a holder that leaves. The sender
// has handed nothing over, and the counts stay: they are given back only together with the code, which is gone.
func TestCodeGoneBeforeItIsTakenBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSTotal: 3})
	down := errors.New("no connection")
	_, err := d.Send(t.Context(), phone(victim), home, func(ctx context.Context, _ string) (bool, error) {
		_, err := d.pool.Exec(ctx, "DELETE FROM one_time_codes")
		return false, errors.Join(down, err)
	})
	if !errors.Is(err, down) {
		t.Fatal(err)
	}
	if got := d.count("budgets WHERE used > 0 AND scope = 'sms_total'"); got != 1 {
		t.Errorf("%d counts of messages, want 1", got)
	}
}

// TestOneOfManyAtOnce: 60 concurrent requests for one phone, on two sites, send one message.
func TestOneOfManyAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 1000, SMSPerNetwork: 1000, SMSTotal: 1000})
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			to := phone(victim)
			to.Site = int64(1 + i%2)
			if _, err := d.ask(to, stranger(i)); err != nil && refused(err) != code.TooSoon {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(d.sent) != 1 || d.count("budgets WHERE scope LIKE 'sms%' AND used > 1") != 0 {
		t.Errorf("%d messages were sent", len(d.sent))
	}
}

// TestShareOfASubnet: one subnet gets three codes an hour and five a day for an address, and five
// and ten once it has redeemed one. Each refusal says when the next code can be requested.
func TestShareOfASubnet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		known     bool
		hour, day int
	}{"new": {false, 3, 5}, "known": {true, 5, 10}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, code.Limits{})
			if c.known {
				fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
				d.advance(48 * time.Hour)
			}
			sent := 0
			var err error
			for range 2 { // hours
				for range c.hour {
					d.advance(code.Cooldown)
					if _, err = d.ask(phone(victim), home); err != nil {
						break
					}
					sent++
				}
				if sent <= c.hour {
					d.advance(code.Cooldown)
					_, err = d.ask(phone(victim), home)
					d.expect(err, code.TooMany)
					d.honored(err, func() error { _, err := d.ask(phone(victim), home); return err })
					sent++
				}
			}
			d.advance(code.Cooldown)
			for sent < c.day {
				d.mustAsk(phone(victim), home)
				sent++
			}
			d.advance(code.Cooldown)
			_, err = d.ask(phone(victim), home)
			d.expect(err, code.TooMany)
		})
	}
}

// honored checks that the request is accepted after the RetryAfter of its refusal, and not a second
// sooner.
func (d *desk) honored(err error, again func() error) {
	d.Helper()
	var r *code.Refusal
	if !errors.As(err, &r) || r.RetryAfter <= 0 {
		d.Fatal(err)
	}
	d.advance(r.RetryAfter - time.Second)
	if again() == nil {
		d.Error("the refusal ends sooner than it said")
	}
	d.advance(time.Second)
	fatal(d.T, again())
}

// TestStrangersShareTheirPart: networks whose codes are not redeemed leave a quarter of a
// prefix and of all SMS to others, and ten of them do not use up their own part either.
func TestStrangersShareTheirPart(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 48, SMSPerNetwork: 50, SMSTotal: 400})
	number := 0
	next := func() code.Destination { number++; return phone(fmt.Sprintf("+8613800%06d", 130000+number)) }
	good := from("203.0.113.0/24")
	for range 3 {
		to := next()
		fatal(t, d.redeem(to, good, d.mustAsk(to, good)))
	}
	pump := func(networks int) (sent int) {
		for i := range networks {
			for range 5 {
				if _, err := d.ask(next(), stranger(i)); err == nil {
					sent++
				}
			}
		}
		return sent
	}
	if sent := pump(10); sent != 30 { // a sixteenth of the prefix each
		t.Errorf("ten networks had %d sent", sent)
	}
	if _, err := d.ask(next(), stranger(10)); err != nil {
		t.Errorf("an eleventh network is refused: %v", err)
	}
	pump(20)
	_, err := d.ask(next(), stranger(101))
	d.expect(err, code.TooMany)
	d.mustAsk(next(), good)
}

// TestWatchedNetwork: after twenty codes of which fewer than a fifth were redeemed, a network
// gets no more. A network whose codes are redeemed gets more.
func TestWatchedNetwork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ redeemed, sent int }{"never redeemed": {0, 20}, "redeemed": {4, 21}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, code.Limits{SMSPerNetwork: 500})
			sent := 0
			for i := range 21 {
				to := phone(fmt.Sprintf("+86138%08d", 10000000+i*10000))
				right, err := d.ask(to, home)
				if err != nil {
					d.expect(err, code.TooMany)
					continue
				}
				sent++
				if i < c.redeemed {
					fatal(t, d.redeem(to, home, right))
				}
			}
			if sent != c.sent {
				t.Errorf("%d were sent, want %d", sent, c.sent)
			}
		})
	}
}

// TestSubnetOfIPv6: one /64 has a fifth of what its /48 has.
func TestSubnetOfIPv6(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerNetwork: 15})
	sent := func(subnet string) (n int) {
		for i := range 20 {
			by := code.Origin{Subnet: subnet, Network: "2001:db8:7::/48"}
			if _, err := d.ask(phone(fmt.Sprintf("+86138%04d%d000", i, len(d.sent)%10)), by); err == nil {
				n++
			}
		}
		return n
	}
	if n := sent("2001:db8:7:1::/64"); n != 3 {
		t.Errorf("a /64 had %d sent", n)
	}
	if n := sent("2001:db8:7:2::/64"); n != 3 {
		t.Errorf("another /64 had %d sent", n)
	}
}

// TestPurgeForgets: a month later the purges have left neither codes nor budgets. The budgets never
// contained an address.
func TestPurgeForgets(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 9, SMSPerNetwork: 9, SMSTotal: 9})
	d.mustAsk(phone(victim), home)
	d.expect(d.redeem(phone(victim), stranger(1), d.wrong()), code.Wrong)
	if n := d.count("budgets WHERE key LIKE '%13800138000%'"); n != 0 {
		t.Errorf("%d budgets name the phone", n)
	}
	purge := func() {
		for _, f := range []func(context.Context) (int64, error){d.PurgeCodes, d.PurgeBudgets, d.PurgeFormer} {
			_, err := f(t.Context())
			fatal(t, err)
		}
	}
	purge()
	if d.count("one_time_codes") != 1 {
		t.Error("a good code is gone")
	}
	d.advance(code.Life + time.Second)
	purge()
	if d.count("one_time_codes") != 0 || d.count("budgets") == 0 {
		t.Error("an expired code is kept, or a budget is not")
	}
	d.advance(30 * 24 * time.Hour)
	purge()
	if n := d.count("budgets"); n != 0 {
		t.Errorf("%d budgets are left, want 0", n)
	}
}

// TestSendingAndSpendingAtOnce: requests that share budgets wait for each other in one order,
// so none of them is a victim of a deadlock.
func TestSendingAndSpendingAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 10_000, SMSPerNetwork: 10_000, SMSTotal: 100_000})
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 40 {
				to := phone(fmt.Sprintf("+86138001%d%04d", worker, i))
				right, err := d.ask(to, home)
				if err == nil {
					err = d.redeem(to, home, right)
				}
				if err != nil && refused(err) < 0 {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
