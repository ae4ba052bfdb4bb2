package mail

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestConnectionsAreBounded: a mail for which no connection is free waits within its time, opens none, and was not
// handed over. A mail that ends leaves its place to the next one.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan struct{}, 9)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				close(opened)
				return
			}
			opened <- struct{}{}
			_ = conn.Close()
		}
	}()
	s, err := NewSMTP(SMTPConfig{URL: "smtp://" + l.Addr().String() + "?tls=off", From: "noreply@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	m := Message{To: "a@mail.example", Code: "918273", Purpose: ForVerify, ExpiresIn: time.Minute, Locale: "en", SiteID: 1}
	for range cap(s.connections) {
		s.connections <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var failed *DeliveryError
	if err := s.Send(ctx, m); !errors.As(err, &failed) || failed.Kind != TimedOut || failed.Handed() {
		t.Errorf("without a free connection: %v", err)
	}
	<-s.connections
	for range 2 {
		if err := s.Send(t.Context(), m); !errors.As(err, &failed) || failed.Kind == TimedOut {
			t.Errorf("with a free connection: %v", err)
		}
	}
	_ = l.Close()
	n := 0
	for range opened {
		n++
	}
	if n != 2 || cap(s.connections) != 64 {
		t.Errorf("%d connections were opened, of %d at most", n, cap(s.connections))
	}
}

// TestSESConnectionsAreBounded: package outbound shows that a client's requests wait for a free connection.
func TestSESConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	s, err := NewSES(SESConfig{KeyID: "AKIA", SecretKey: "s", Region: "eu-central-1", From: "noreply@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if n := s.client.Transport.(*http.Transport).MaxConnsPerHost; n != 64 {
		t.Errorf("%d connections", n)
	}
}
