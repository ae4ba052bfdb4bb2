package mail_test

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/mail"
)

// TestHanded: a mail may arrive once its last line was sent and until the server refuses it.
// A server that is silent after each line shows where that begins.
func TestHanded(t *testing.T) {
	t.Parallel()
	for silent, handed := range map[string]bool{
		"": false, "EHLO": false, "MAIL": false, "RCPT": false, "DATA": false, ".": true,
	} {
		t.Run("silent after "+silent, func(t *testing.T) {
			t.Parallel()
			s := newSMTP(t, "smtp://"+silentAfter(t, silent)+"?tls=off", mail.SMTPConfig{Timeout: 500 * time.Millisecond})
			var failed *mail.DeliveryError
			if err := s.Send(t.Context(), message); !errors.As(err, &failed) || failed.Handed() != handed {
				t.Errorf("%v, handed %t", err, failed != nil && failed.Handed())
			}
		})
	}
	// The outcome is known by then: the server is not waited for.
	s := newSMTP(t, "smtp://"+silentAfter(t, "QUIT")+"?tls=off", mail.SMTPConfig{})
	if err := s.Send(t.Context(), message); err != nil {
		t.Error(err)
	}
}

// silentAfter is a mail server that says no more once it has read a line that begins with
// the given word; with no word it does not greet.
func silentAfter(t *testing.T, word string) (address string) {
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
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			line := lines.Text()
			silent = silent || line == word || word != "." && strings.HasPrefix(line, word)
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
