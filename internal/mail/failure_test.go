package mail_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/mail"
)

// talk lists the replies of a server in a successful delivery, except the one to QUIT.
var talk = []string{"220 hi", "250 hi", "250 sender", "250 recipient", "354 go on", "250 taken"}

// play starts a server for one connection and returns its address. The server sends the
// first reply at once and each further reply after a command. The reply after 354 comes
// after the message. Then the server calls last, which may go on reading.
func play(t *testing.T, replies []string, last func(net.Conn, *bufio.Reader)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		commands := bufio.NewReader(conn)
		for i, reply := range replies {
			message := i > 0 && strings.HasPrefix(replies[i-1], "354")
			for line := ""; i > 0 && (line == "" || message && line != ".\r\n"); {
				if line, err = commands.ReadString('\n'); err != nil {
					return
				}
			}
			if _, err := io.WriteString(conn, reply+"\r\n"); err != nil {
				return
			}
		}
		last(conn, commands)
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
	return listener.Addr().String()
}

// TestSMTPStopsAtAnyPoint has a server that stops answering, or closes the connection,
// after each of its replies. Once it has accepted the message, the delivery is a
// success.
func TestSMTPStopsAtAnyPoint(t *testing.T) {
	t.Parallel()
	for said := range len(talk) + 1 {
		check := func(t *testing.T, err error, kind mail.Kind) {
			if said < len(talk) {
				failed(t, err, kind, 0)
			} else if err != nil {
				t.Errorf("the message was taken, but: %v", err)
			}
		}
		t.Run(fmt.Sprintf("hangs after %d replies", said), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			address := play(t, talk[:said], func(conn net.Conn, commands *bufio.Reader) {
				if said > 0 {
					_, _ = commands.ReadString('\n') // now the client waits for a reply
				}
				cancel()
				_, _ = io.Copy(io.Discard, commands)
			})
			err := newSMTP(t, "smtp://"+address, mail.SMTPConfig{}).Send(ctx, message)
			check(t, err, mail.Canceled)
			if said < len(talk) && !errors.Is(err, context.Canceled) {
				t.Errorf("error %v is not the end of a context", err)
			}
		})
		t.Run(fmt.Sprintf("goes after %d replies", said), func(t *testing.T) {
			t.Parallel()
			address := play(t, talk[:said], func(net.Conn, *bufio.Reader) {})
			check(t, newSMTP(t, "smtp://"+address, mail.SMTPConfig{}).Send(t.Context(), message), mail.Broken)
		})
	}
}

// TestSMTPTimeout shows that one time limit covers the whole delivery, TLS included.
func TestSMTPTimeout(t *testing.T) {
	t.Parallel()
	hang := func(_ net.Conn, commands *bufio.Reader) { _, _ = io.Copy(io.Discard, commands) }
	for name, tc := range map[string]struct {
		scheme  string
		replies []string
	}{
		"no greeting":       {"smtp://", nil},
		"no answer":         {"smtp://", talk[:2]},
		"no TLS":            {"smtps://", nil},
		"no TLS by command": {"smtp://" + login + "@", []string{"220 hi", "250-hi\r\n250 STARTTLS", "220 go on"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := play(t, tc.replies, hang)
			s := newSMTP(t, tc.scheme+address, mail.SMTPConfig{Timeout: 20 * time.Millisecond})
			err := s.Send(t.Context(), message)
			failed(t, err, mail.TimedOut, 0)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v is not the end of a deadline", err)
			}
		})
	}
}

func TestSMTPOddServers(t *testing.T) {
	t.Parallel()
	leave := func(net.Conn, *bufio.Reader) {}
	for name, tc := range map[string]struct {
		login   string
		replies []string
		want    mail.Kind // or success
		reply   int
	}{
		"refuses the connection":         {"", []string{"554 the server says no"}, mail.Refused, 554},
		"refuses the connection for now": {"", []string{"421 the server says no"}, mail.Refused, 421},
		"refuses with the first code":    {"", []string{"400 the server says no"}, mail.Refused, 400},
		"with the last temporary one":    {"", []string{"499 the server says no"}, mail.Refused, 499},
		"with the first permanent one":   {"", []string{"500 the server says no"}, mail.Refused, 500},
		"with the last one":              {"", []string{"599 the server says no"}, mail.Refused, 599},
		"with no code of a refusal":      {"", []string{"399 the server says no"}, mail.Broken, 0},
		"with a code beyond":             {"", []string{"600 the server says no"}, mail.Broken, 0},
		"is not SMTP":                    {"", []string{"HTTP/1.1 400 Bad Request"}, mail.Broken, 0},
		"greets with another code":       {"", []string{"250 hi"}, mail.Broken, 0},
		"greets with an unknown code":    {"", []string{"999 hi"}, mail.Broken, 0},
		"knows HELO only":                {"", append([]string{"220 hi", "502 what"}, talk[1:]...), "", 0},
		"knows neither EHLO nor HELO":    {"", []string{"220 hi", "502 what", "550 what"}, mail.Refused, 502},
		"knows HELO only, TLS is required": {
			login + "@", []string{"220 hi", "502 what", "250 hi", "221 bye"}, mail.Unsupported, 0,
		},
		"refuses STARTTLS": {
			login + "@", []string{"220 hi", "250-hi\r\n250 STARTTLS", "454 the server says no", "221 bye"}, mail.Refused, 454,
		},
		"refuses the message's end": {
			"", slices.Concat(talk[:5], []string{"552 the server says no", "221 bye"}), mail.Refused, 552,
		},
		"forwards": {
			"", slices.Concat(talk[:3], []string{"251 will forward", "354 go on", "250 taken", "221 bye"}), "", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := play(t, tc.replies, leave)
			err := newSMTP(t, "smtp://"+tc.login+address, mail.SMTPConfig{}).Send(t.Context(), message)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			failed(t, err, tc.want, tc.reply)
		})
	}
}

// TestSMTPEndlessAnswer shows that an endless answer is read up to a bound.
func TestSMTPEndlessAnswer(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{"many lines": "220-hi\r\n", "one line": "220-hi, hi"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			written := make(chan int, 1)
			address := play(t, nil, func(conn net.Conn, _ *bufio.Reader) {
				sum, chunk := 0, strings.Repeat(line, 1000)
				for {
					n, err := io.WriteString(conn, chunk)
					if sum += n; err != nil {
						written <- sum
						return
					}
				}
			})
			failed(t, newSMTP(t, "smtp://"+address, mail.SMTPConfig{}).Send(t.Context(), message), mail.Broken, 0)
			// The bound is 64 KiB; the buffers of two sockets come on top.
			if n := <-written; n > 16<<20 {
				t.Errorf("the server could write %d bytes", n)
			}
		})
	}
}
