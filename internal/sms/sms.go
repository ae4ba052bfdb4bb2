// Package sms promises that a code is handed to a deliverer at most once and
// within a bounded time, and that a failure says what failed but nothing about
// whom it was for.
//
// There are two deliverers: [Webhook] gives the code to a service of the
// operator's, which sends it through whatever provider it likes, and [Log]
// shows it to the developer. Nothing is tried again here: a request that failed
// may have been carried out, a second message costs money and confuses, and the
// person who got none can ask again.
package sms

import (
	"context"
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

// Message is one code for one phone. Formatting and logging it shows nothing of it:
// phone and code are secrets, and leave only through a Sender.
type Message struct {
	// Phone is the number in E.164, with its plus sign.
	Phone string
	// Code is what the person is to type, as it is to be shown.
	Code string
	// Purpose is what the code is good for, "register" for example.
	Purpose string
	// ExpiresIn is how long the code is good for; what is sent is whole seconds.
	ExpiresIn time.Duration
	// Locale is the language to write in, as a BCP 47 tag such as zh-CN.
	Locale string
	// SiteID is the site that the person deals with.
	SiteID int64
}

const hidden = "sms.Message{hidden}"

// Format writes a placeholder, whatever the verb.
func (m Message) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue gives slog the same placeholder.
func (m Message) LogValue() slog.Value { return slog.StringValue(hidden) }

// Kind says what kept a message from being delivered. The values are few and
// stable: they may be labels of a metric.
type Kind string

// The kinds of failure.
const (
	Refused     Kind = "refused"     // an answer other than 2xx; see Status
	TimedOut    Kind = "timed_out"   // no answer in time
	Canceled    Kind = "canceled"    // the caller gave up
	Unresolved  Kind = "unresolved"  // the host's name has no address
	Unreachable Kind = "unreachable" // no connection to the host
	Untrusted   Kind = "untrusted"   // no TLS session with the host
	Broken      Kind = "broken"      // the connection broke, or the answer was not HTTP
)

// DeliveryError is a message that was not delivered, or whose delivery nobody
// confirmed. It holds nothing that came from the message, the receiver's URL or its
// answer but the status, since all three can hold secrets.
type DeliveryError struct {
	Kind Kind
	// Status is the HTTP status if Kind is Refused, and 0 otherwise.
	Status int
	// err is context.Canceled or context.DeadlineExceeded, or nil.
	err error
}

// Error is fit for logs.
func (e *DeliveryError) Error() string {
	if e.Kind == Refused {
		return fmt.Sprintf("sms: not delivered: refused with status %d", e.Status)
	}
	return "sms: not delivered: " + string(e.Kind)
}

// Unwrap lets errors.Is find the end of a context.
func (e *DeliveryError) Unwrap() error { return e.err }
