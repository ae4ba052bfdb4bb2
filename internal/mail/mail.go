// Package mail promises that a code is handed to a mail server at most once and
// within a bounded time, and that a failure says what failed but nothing about
// whom it was for.
//
// There are two deliverers: [SMTP] gives the message to a mail server of the
// operator's, and [Log] shows the code to the developer. Nothing is tried again
// here: a delivery that failed may have arrived, and the person who got no message
// can ask again. So the server should be a relay, which queues what the receiver's
// server puts off, and not the receiver's server itself.
package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Sender delivers one message. Implementations are safe for concurrent use, end
// soon after ctx does, and never send a message twice. An error means that the
// message must be taken as not sent; it is a *[DeliveryError] unless the message
// could not even be built.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// The purposes that have words of their own.
const (
	ForVerify = "verify" // to show that the address is one's own
	ForReset  = "reset"  // to choose a new password
)

// Message is one code for one address. Formatting and logging it shows nothing of it:
// address and code are secrets, and leave only through a Sender.
type Message struct {
	// To is the address, in ASCII and without a name.
	To string
	// Code is what the person is to type, as it is to be shown.
	Code string
	// Purpose is what the code is good for: ForVerify, ForReset, or another, which is
	// written about in general words.
	Purpose string
	// ExpiresIn is how long the code is good for; what is written is whole minutes,
	// or whole seconds if it is less than one, never more than the truth.
	ExpiresIn time.Duration
	// Locale is the language to write in, as a BCP 47 tag. There are zh-CN and en; any
	// other is written to in zh-CN, as the contract has it.
	Locale string
	// SiteID is the site that the person deals with.
	SiteID int64
}

const hidden = "mail.Message{hidden}"

// Format writes a placeholder, whatever the verb.
func (m Message) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue gives slog the same placeholder.
func (m Message) LogValue() slog.Value { return slog.StringValue(hidden) }

// ErrAddress is a Message whose To is no address that SMTP can carry. Nothing was sent.
var ErrAddress = errors.New("mail: not an address that mail can be sent to")

// Kind says what kept a message from being delivered. The values are few and
// stable: they may be labels of a metric.
type Kind string

// The kinds of failure.
const (
	Refused          Kind = "refused"           // the server said no to us or to the message; see Reply
	RecipientRefused Kind = "recipient_refused" // the server said no to the address; see Reply
	Unsupported      Kind = "unsupported"       // the server has no STARTTLS or no login that we know
	TimedOut         Kind = "timed_out"         // no answer in time
	Canceled         Kind = "canceled"          // the caller gave up
	Unresolved       Kind = "unresolved"        // the host's name has no address
	Unreachable      Kind = "unreachable"       // no connection to the host
	Untrusted        Kind = "untrusted"         // no TLS session with the host
	Broken           Kind = "broken"            // the connection broke, or the answer was not SMTP
)

// DeliveryError is a message that was not delivered, or whose delivery nobody
// confirmed. It holds nothing that came from the message, the settings or the
// server's answer but its code, since all three can hold secrets.
type DeliveryError struct {
	Kind Kind
	// Reply is the code of the server's answer, 400 to 599, if Kind is Refused or
	// RecipientRefused, and 0 otherwise (RFC 5321, 4.2).
	Reply int
	// err is context.Canceled or context.DeadlineExceeded, or nil.
	err error
}

// Permanent reports whether the server will say the same next time (5yz), as it
// does about an address that does not exist. All else may pass.
func (e *DeliveryError) Permanent() bool { return e.Reply >= 500 }

// Error is fit for logs.
func (e *DeliveryError) Error() string {
	switch e.Kind {
	case Refused:
		return fmt.Sprintf("mail: not delivered: refused with reply %d", e.Reply)
	case RecipientRefused:
		return fmt.Sprintf("mail: not delivered: recipient refused with reply %d", e.Reply)
	}
	return "mail: not delivered: " + string(e.Kind)
}

// Unwrap lets errors.Is find the end of a context.
func (e *DeliveryError) Unwrap() error { return e.err }
