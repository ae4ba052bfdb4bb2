package sms_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/enroll-project/enroll/internal/sms"
)

// TestHanded: a message may arrive from the moment at which the receiver can have read it,
// unless the receiver's own answer says that it was refused.
func TestHanded(t *testing.T) {
	t.Parallel()
	answer := func(status int) func(func()) http.HandlerFunc {
		return func(func()) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
		}
	}
	for name, c := range map[string]struct {
		receiver func(leave func()) http.HandlerFunc // leave ends the context of the sender
		handed   bool
	}{
		"refused": {answer(400), false}, "unavailable": {answer(503), false}, "error": {answer(500), false},
		"redirect": {answer(302), false}, "bad gateway": {answer(502), true}, "gateway timeout": {answer(504), true},
		"request timeout": {answer(408), true},
		"hangs": {func(leave func()) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadAll(r.Body)
				leave() // not earlier: a time limit could end before the message has arrived
				<-r.Context().Done()
			}
		}, true},
		"closes": {func(func()) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := newWebhook(t, serve(t, c.receiver(cancel)).URL, sms.WebhookConfig{})
			var failed *sms.DeliveryError
			if err := w.Send(ctx, message); !errors.As(err, &failed) || failed.Handed() != c.handed {
				t.Errorf("%v, handed %t", err, failed != nil && failed.Handed())
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		var failed *sms.DeliveryError
		err = newWebhook(t, "http://"+l.Addr().String(), sms.WebhookConfig{}).Send(t.Context(), message)
		if !errors.As(err, &failed) || failed.Handed() {
			t.Error(err)
		}
	})
}
