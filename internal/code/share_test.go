package code_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/code"
)

// robots are ten networks of an attacker with phones of their own. They redeem enough codes of
// these phones to count as networks whose codes are redeemed.
type robots struct {
	*desk
	asked int
}

// convert makes each network redeem codes of its own phones, which have the given prefix.
func (r *robots) convert(times int, prefix string) {
	r.Helper()
	for i := range 10 * times {
		to := phone(fmt.Sprintf("%s%06d", prefix, r.asked))
		i %= 10
		r.asked++
		if right, err := r.ask(to, stranger(i)); err == nil {
			fatal(r.T, r.redeem(to, stranger(i), right))
		}
	}
}

// pump requests codes for the victim's prefix, and returns how many messages the budgets allow.
func (r *robots) pump() (sent int) {
	for range 12 {
		for i := range 10 {
			r.asked++
			if _, err := r.ask(phone(fmt.Sprintf("+8613800%06d", r.asked)), stranger(i)); err == nil {
				sent++
			}
		}
	}
	return sent
}

// TestTenNetworksCannotCloseAPrefix: ten networks use up what they can of a prefix at the
// beginning of each hour, whether or not they redeem codes of their own phones. A holder at home
// gets a code in each of these hours. A person in a network that was never seen gets two, so that one may be lost.
func TestTenNetworksCannotCloseAPrefix(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]struct {
		times  int
		prefix string
	}{
		"codes not redeemed":               {},
		"codes of another prefix redeemed": {1, "+8613900"},
		"codes redeemed":                   {2, "+8613800"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, code.Limits{SMSPerPrefix: 100, SMSPerNetwork: 50, SMSTotal: 10_000}) // as by default
			fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
			r, most := robots{desk: d}, 0
			for n := range 6 {
				d.advance(time.Hour)
				r.convert(own.times, own.prefix)
				most = max(most, r.pump())
				d.mustAsk(phone(victim), home)
				for range 2 {
					d.mustAsk(phone(fmt.Sprintf("+861380099%04d", n)), from(fmt.Sprintf("203.0.%d.0/24", n)))
				}
			}
			if most < 45 {
				t.Errorf("the networks had no more than %d sent, and the test shows nothing", most)
			}
		})
	}
}

// TestWatchedPrefixLetsSomeIn: to a prefix that the watch has closed, 24 more messages go, two for each network.
// Robots with more networks get no more than these.
func TestWatchedPrefixLetsSomeIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 10_000, SMSPerNetwork: 50})
	sent := 0
	for i := range 200 {
		if _, err := d.ask(phone(fmt.Sprintf("+86138001%05d", i)), stranger(i/4)); err == nil {
			sent++
		}
	}
	if sent != 74 {
		t.Errorf("50 networks had %d sent", sent)
	}
}

// TestWatchedPrefixKeepsTwo: ten networks that go on sending to a prefix that the watch has closed leave two messages
// to an eleventh, and to a holder at home as many as the phone may have.
func TestWatchedPrefixKeepsTwo(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 10_000, SMSPerNetwork: 50})
	fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
	d.advance(48 * time.Hour)
	r := robots{desk: d}
	if sent := r.pump(); sent != 50 {
		t.Errorf("ten networks had %d sent", sent)
	}
	for range 3 {
		d.mustAsk(phone(victim), home)
	}
	for n := range 2 {
		d.mustAsk(phone(fmt.Sprintf("+861380099%04d", n)), from("203.0.113.0/24"))
	}
}

// TestDayOfAPrefix: a network whose codes are not redeemed gets a sixteenth of the hourly budget of a prefix, in a day.
func TestDayOfAPrefix(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 100, SMSPerNetwork: 50})
	sent := 0
	for i := range 24 {
		if _, err := d.ask(phone(fmt.Sprintf("+86138001%05d", i)), home); err == nil {
			sent++
		}
		d.advance(59 * time.Minute)
	}
	if sent != 6 {
		t.Errorf("%d were sent", sent)
	}
}

// TestTwoDaysOfAPrefix: such a network uses its sixteenth at the end of one day and at the beginning of the next, and
// gets no more: an eighth of the hourly budget within 24 hours.
func TestTwoDaysOfAPrefix(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 100, SMSPerNetwork: 50})
	n := 0
	send := func(times int) (sent int) {
		for range times {
			n++
			if _, err := d.ask(phone(fmt.Sprintf("+86138001%05d", n)), home); err == nil {
				sent++
			}
		}
		return sent
	}
	sent := send(1)
	d.advance(23*time.Hour + 30*time.Minute)
	end := send(20)
	d.advance(time.Hour)
	if begin := send(20); sent != 1 || end != 5 || begin != 6 {
		t.Errorf("%d were sent at first, %d at the end of the day and %d at the beginning of the next", sent, end, begin)
	}
}

// TestTenNetworksCannotUseUpADay: one network may use a twelfth of the messages of a day, even if
// its codes are redeemed.
func TestTenNetworksCannotUseUpADay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerNetwork: 50, SMSTotal: 48, MailPerNetwork: 50, MailTotal: 48})
	r := robots{desk: d}
	r.convert(1, "+8613900")
	if sent := r.pump(); sent != 30 { // besides ten that were redeemed
		t.Errorf("ten networks had %d SMS sent, want 30", sent)
	}
	mails := 0
	mail := func(n int) code.Destination {
		return code.Destination{Site: 1, Address: strconv.Itoa(n) + "@example.com", Channel: code.Email,
			Purpose: code.ForVerify, User: int64(1000 + n)}
	}
	for n := range 100 {
		if _, err := d.ask(mail(n), stranger(n%10)); err == nil {
			mails++
		}
	}
	if mails != 40 {
		t.Errorf("ten networks had %d mails sent, want 40", mails)
	}
	d.mustAsk(phone(victim), home)
	d.mustAsk(mail(1000), home)
}
