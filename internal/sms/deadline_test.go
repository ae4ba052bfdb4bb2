package sms

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// roundTrip is a function as an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestWebhookDeadline shows that each request has a deadline, whether the caller's
// context has one or not.
func TestWebhookDeadline(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{0, time.Second} {
		w, err := NewWebhook(WebhookConfig{
			URL: "https://sms.example/", Secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", Timeout: timeout,
		})
		if err != nil {
			t.Fatal(err)
		}
		bound := timeout
		if bound == 0 {
			bound = 3 * time.Second
		}
		sent := false
		w.client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = true
			if deadline, ok := r.Context().Deadline(); !ok || time.Until(deadline) > bound {
				t.Errorf("with a timeout of %v the deadline is %v, %v", timeout, deadline, ok)
			}
			return nil, errors.New("no network")
		})
		if err := w.Send(t.Context(), Message{}); err == nil || !sent {
			t.Errorf("error %v, request sent: %t", err, sent)
		}
	}
}
