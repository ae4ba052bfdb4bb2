package sms

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// roundTrip is an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestWebhookDeadline: a delivery has its deadline from the beginning, whether its
// caller has one or not: a person waits, and a reservation in the database.
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
			bound = MaxTimeout
		}
		asked := false
		w.client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			asked = true
			if deadline, ok := r.Context().Deadline(); !ok || time.Until(deadline) > bound {
				t.Errorf("with a timeout of %v the deadline is %v, %v", timeout, deadline, ok)
			}
			return nil, errors.New("no network")
		})
		if err := w.Send(t.Context(), Message{}); err == nil || !asked {
			t.Errorf("sent: %v, asked: %v", err, asked)
		}
	}
}
