package code_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/code"
)

// TestNoSeat: a request for a code whose time is up while others hold the connections for codes gets the error of its
// time. Nothing is counted or sent.
func TestNoSeat(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSTotal: 10})
	leave := code.TakeSeats(d.Service)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := d.Send(ctx, phone(victim), home, func(context.Context, string) (bool, error) {
		t.Error("a code is sent that is not counted")
		return true, nil
	})
	if !errors.Is(err, context.DeadlineExceeded) ||
		!strings.Contains(err.Error(), "other requests for codes have waited") {
		t.Errorf("got %v", err)
	}
	if n := d.count("budgets WHERE used > 0"); n != 0 {
		t.Errorf("%d budgets are counted", n)
	}
	leave()
	d.mustAsk(phone(victim), home)
}

// TestUndoNeedsNoSeat: a code that was not handed over is taken back at once, also while requests hold all connections
// for codes: its answer says that nothing was sent.
func TestUndoNeedsNoSeat(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSTotal: 10})
	down := errors.New("the gateway is down")
	leave := func() {}
	_, err := d.Send(t.Context(), phone(victim), home, func(context.Context, string) (bool, error) {
		leave = code.TakeSeats(d.Service)
		return false, down
	})
	if !errors.Is(err, down) || d.count("budgets WHERE used > 0") != 0 || d.count("one_time_codes") != 0 {
		t.Errorf("got %v, and %d codes stay", err, d.count("one_time_codes"))
	}
	leave()
}
