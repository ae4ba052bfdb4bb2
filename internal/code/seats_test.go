package code_test

import (
	"context"
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/code"
)

// TestNoSeat: a request for a code whose time is up while others hold the connections for codes gets the error of its
// time. Nothing is counted or sent.
func TestNoSeat(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSTotal: 10})
	leave := code.TakeSeats(d.Service)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := d.Send(ctx, phone(victim), home, func(context.Context, string) (bool, error) {
			t.Error("a code is sent that is not counted")
			return true, nil
		})
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := d.count("budgets WHERE used > 0"); n != 0 {
		t.Errorf("%d budgets are counted", n)
	}
	leave()
	d.mustAsk(phone(victim), home)
}
