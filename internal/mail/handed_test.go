package mail_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/mail"
)

// TestHanded: Handed is true from the moment at which the last line was sent, unless the
// server refuses the mail. In each case the server falls silent after another line.
func TestHanded(t *testing.T) {
	t.Parallel()
	for silent, handed := range map[string]bool{
		"": false, "EHLO": false, "MAIL": false, "RCPT": false, "DATA": false, ".": true,
	} {
		t.Run("silent after "+silent, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			// The sender is not ended by a time limit, which could be over before the server falls silent.
			s := newSMTP(t, "smtp://"+silentAfter(t, silent, cancel)+"?tls=off", mail.SMTPConfig{})
			var failed *mail.DeliveryError
			if err := s.Send(ctx, message); !errors.As(err, &failed) || failed.Handed() != handed {
				t.Errorf("%v, handed %t", err, failed != nil && failed.Handed())
			}
		})
	}
	// Before QUIT the outcome is known, so the delivery does not wait for the reply.
	s := newSMTP(t, "smtp://"+silentAfter(t, "QUIT", func() {})+"?tls=off", mail.SMTPConfig{})
	if err := s.Send(t.Context(), message); err != nil {
		t.Error(err)
	}
}

// silentAfter starts a mail server that sends nothing more once it has read a line that
// begins with the given word, and then calls fallen. With an empty word it sends no
// greeting.
func silentAfter(t *testing.T, word string, fallen func()) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-ended })
	go func() {
		defer close(ended)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		say := func(text string) { _, _ = conn.Write([]byte(text + "\r\n")) }
		if word != "" {
			say("220 mail.example")
		}
		silent, data := word == "", false
		if silent {
			fallen()
		}
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			line := lines.Text()
			if !silent && (line == word || word != "." && strings.HasPrefix(line, word)) {
				silent = true
				fallen()
			}
			switch {
			case silent:
			case data && line != ".":
			case strings.HasPrefix(line, "DATA"):
				data = true
				say("354 go on")
			default:
				data = data && line != "."
				say("250 ok")
			}
		}
	}()
	return l.Addr().String()
}
