// Package mail sends one-time codes and notices by mail: at most once for each call,
// within a bounded time, and with errors that hold neither the address nor the code.
//
// There are three senders. [SMTP] delivers to the operator's mail server, [SES] to Amazon Simple
// Email Service. [Log] writes the message to the log, for development. None of them retries: a
// delivery that failed may have arrived. A person without a code can request another, and package notice tries a
// failed notice again. The mail server should be a relay and not the recipient's own
// server, because a relay queues a message that the recipient's server defers.
package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Sender delivers messages. Implementations are safe for concurrent use, return soon
// after ctx ends, and send a message once for each call at most. Method Handed of a
// *[DeliveryError] reports whether the message may still arrive. Any other error means that the message
// could not be built and was not sent.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// The purposes that have a text of their own.
const (
	// ForVerify is the purpose of a code that shows that an address belongs to the user.
	ForVerify = "verify"
	// ForRegister is the purpose of a code to create an account with.
	ForRegister = "register"
	// ForLogin is the purpose of a code to log in with.
	ForLogin = "login"
	// ForReset is the purpose of a code that sets a new password.
	ForReset = "reset"
	// ForChange is the purpose of a code that confirms a change of an account.
	ForChange = "change"
	// PasswordChanged is the purpose of a message without a code: it tells that the password
	// was changed.
	PasswordChanged = "password_changed"
	// DeletionRequested is the purpose of a message that tells that the account is going to be
	// deleted, that it was deleted, or that the deletion was canceled since: see Message.Until.
	DeletionRequested = "deletion_requested"
	// DeletionCanceled is the purpose of a message that tells that the deletion was
	// canceled, or that it was requested again since.
	DeletionCanceled = "deletion_canceled"
	// PhoneChanged and EmailChanged are the purposes of messages without a code: they tell that an
	// address of the account was changed.
	PhoneChanged = "phone_changed"
	EmailChanged = "email_changed"
)

// Message is one code for one address, or one notice. Its formatted and logged forms are a
// placeholder, because address and code must not reach a log.
type Message struct {
	// To is the address, in ASCII and without a display name.
	To string
	// Code is the code as it is shown to the person, "" in a notice.
	Code string
	// Purpose is the operation that accepts the code: one of the constants above, or another, for
	// which the text is general. In a notice it is the kind of the change.
	Purpose string
	// At is the time of the change that a notice reports.
	At time.Time
	// Until is the time of the account's deletion, as it is when the message is sent. A notice
	// of DeletionRequested or DeletionCanceled may be late, so its words follow Until. It is the
	// zero time if no deletion is pending.
	Until time.Time
	// ExpiresIn is how long the code is valid. The text gives it in whole minutes, or
	// in whole seconds below a minute, rounded down.
	ExpiresIn time.Duration
	// Locale is the language of the message, one of [locale.All].
	Locale string
	// SiteID is the site of the request.
	SiteID int64
}

const hidden = "mail.Message{hidden}"

// Format writes a placeholder for every verb.
func (m Message) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue returns the same placeholder for slog, whose JSON handler would otherwise
// encode the fields.
func (m Message) LogValue() slog.Value { return slog.StringValue(hidden) }

// ErrAddress reports a Message whose To cannot be an address in SMTP. Nothing was
// sent.
var ErrAddress = errors.New("mail: not an address that mail can be sent to")

// Kind is the cause of a failed delivery. The values are few and stable, so that
// they can be labels of a metric.
type Kind string

// The kinds of failure.
const (
	Refused          Kind = "refused"           // the server refused the login or the message: see Reply
	RecipientRefused Kind = "recipient_refused" // the server refused the address: see Reply
	Unsupported      Kind = "unsupported"       // the server offers no STARTTLS, or no known login
	Unsigned         Kind = "unsigned"          // no keys of a role of AWS could be got
	TimedOut         Kind = "timed_out"         // no answer within the time limit
	Canceled         Kind = "canceled"          // the caller's context was canceled
	Unresolved       Kind = "unresolved"        // the host's name could not be resolved
	Unreachable      Kind = "unreachable"       // no TCP connection to the host
	Untrusted        Kind = "untrusted"         // no TLS session, for example because of the certificate
	Broken           Kind = "broken"            // the connection broke, or the answer was not one of the protocol
)

// DeliveryError reports that a delivery is not confirmed: the message was not sent,
// or it may have been. It holds the codes of the answer and nothing else of the
// message, the settings or the answer, since all three can hold secrets.
type DeliveryError struct {
	Kind Kind
	// Reply is the code of a mail server's reply, 400 to 599, if Kind is Refused or
	// RecipientRefused, and 0 otherwise (RFC 5321, 4.2).
	Reply int
	// Status is the HTTP status of SES if Kind is Refused or RecipientRefused, and 0 otherwise.
	Status int
	// Code is SES's name of the error, such as MessageRejected, or empty.
	Code string
	// err is context.Canceled or context.DeadlineExceeded, or nil.
	err    error
	handed bool
}

// Handed reports whether the server may have taken the message: its end was sent, or may have been, and no valid
// reply came, or SES reports an error of its own. If it is false, no mail arrives.
func (e *DeliveryError) Handed() bool { return e.handed }

// Permanent reports whether the answer was a permanent refusal, such as the reply 5yz for an
// address that does not exist, or SES's error for a sender that is not verified. Other failures
// may end by themselves.
func (e *DeliveryError) Permanent() bool { return e.Reply >= 500 || permanentStatus(e.Status, e.Code) }

// Error returns a text without secrets, which may be logged.
func (e *DeliveryError) Error() string {
	number, what := e.Reply, "reply"
	if e.Status != 0 {
		number, what = e.Status, "status"
	}
	text := fmt.Sprintf("refused with %s %d", what, number)
	if e.Code != "" {
		text += ", " + e.Code
	}
	switch e.Kind {
	case Refused:
		return "mail: not delivered: " + text
	case RecipientRefused:
		return "mail: not delivered: recipient " + text
	}
	return "mail: not delivered: " + string(e.Kind)
}

// Unwrap returns context.Canceled or context.DeadlineExceeded if that was the cause,
// so that errors.Is finds it, and nil otherwise.
func (e *DeliveryError) Unwrap() error { return e.err }
