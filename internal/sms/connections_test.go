package sms

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/outbound"
)

// TestConnectionsAreBounded: each sender has a bounded number of connections. Package outbound shows that further
// requests wait for a free one.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
	webhook, err := NewWebhook(WebhookConfig{URL: "https://sms.example/", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	for name, client := range map[string]*http.Client{"webhook": webhook.client, "providers": apiClient(nil)} {
		if n := client.Transport.(*http.Transport).MaxConnsPerHost; n != 64 {
			t.Errorf("%s: %d connections", name, n)
		}
	}
}

// TestWaitingIsNotHanded: a message that waited for a connection in vain was not sent, so the next sender may send it.
func TestWaitingIsNotHanded(t *testing.T) {
	t.Parallel()
	arrived, leave := make(chan struct{}, 2), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-leave
	}))
	defer server.Close()
	w, err := NewWebhook(WebhookConfig{URL: server.URL, Secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"})
	if err != nil {
		t.Fatal(err)
	}
	w.client = outbound.Client(nil, outbound.Bounds{Open: time.Second, Idle: time.Second, Connections: 1})
	defer w.Close()
	ended := make(chan struct{})
	go func() { defer close(ended); _ = w.Send(t.Context(), Message{}) }()
	<-arrived
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var failed *DeliveryError
	if err := w.Send(ctx, Message{}); !errors.As(err, &failed) || failed.Kind != TimedOut || failed.Handed() {
		t.Errorf("without a free connection: %v", err)
	}
	close(leave)
	<-ended
	if len(arrived) != 0 {
		t.Error("the message that waited was sent")
	}
}
