// Package sms hands one-time codes and notices to a sender of SMS: each at most once, within a
// bounded time, and with errors that hold neither the phone nor the code.
//
// [Aliyun], [SNS], [Tencent], [Twilio] and [Vonage] send the message through the operator's account with that
// provider.
// [Webhook] posts it to the operator's own service, which sends the SMS through any provider. [Log]
// writes it to the log, for development. [AliyunVoice], [TencentVoice], [TwilioVoice] and [VonageVoice] call the
// phone and speak the code.
// These senders do not retry: a request that failed may have been carried out, a second SMS costs money and shows the
// person two codes, and a person without a code can request another. [Router] chooses among several senders by the
// phone's country, and tries another sender only if the one before has certainly sent nothing.
package sms

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Sender delivers messages. Implementations are safe for concurrent use, return soon after ctx ends, and
// never send a message twice. An error is a *[DeliveryError], which says whether the message may arrive
// nevertheless. If the message could not be built, it is another error, and the message was not sent.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// The purposes of messages without a code. PhoneChanged is the notice that the phone is no longer that of its
// account, PasswordChanged the notice that the password of its account was reset by email.
const (
	PhoneChanged    = "phone_changed"
	PasswordChanged = "password_changed"
)

// Message is one code for one phone, or one notice. Its formatted and logged forms are a
// placeholder, because phone and code must not reach a log.
type Message struct {
	// Phone is the number in E.164, with its plus sign.
	Phone string
	// Country is the ISO 3166-1 code of the phone's numbering plan, such as CN.
	Country string
	// Code is the code as it is shown to the person, "" in a notice.
	Code string
	// Purpose is the operation that accepts the code, such as "register". In a notice it is the
	// event, such as PhoneChanged.
	Purpose string
	// ExpiresIn is how long the code is valid. Senders round it down to seconds.
	ExpiresIn time.Duration
	// Locale is the language of the SMS, one of [locale.All].
	Locale string
	// SiteID is the site of the request.
	SiteID int64
	// Voice says that a call speaks the code. A notice is never spoken.
	Voice bool
}

const hidden = "sms.Message{hidden}"

// Format writes a placeholder for every verb.
func (m Message) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) } // check: sms-printed

// LogValue returns the same placeholder for slog, whose JSON handler would otherwise
// encode the fields.
func (m Message) LogValue() slog.Value { return slog.StringValue(hidden) }

// Kind is the cause of a failed delivery. The values are few and stable, so that
// they can be labels of a metric.
type Kind string

// The kinds of failure.
const (
	Refused          Kind = "refused"           // the receiver refused the message: see Status and Code
	RecipientRefused Kind = "recipient_refused" // the provider refused the phone itself: see Status and Code
	Unserved         Kind = "unserved"          // the sender is not set up for the phone's country, or not for notices
	Unsigned         Kind = "unsigned"          // no keys of a role of AWS could be got
	TimedOut         Kind = "timed_out"         // no answer within the time limit
	Canceled         Kind = "canceled"          // the caller's context was canceled
	Unresolved       Kind = "unresolved"        // the host's name could not be resolved
	Unreachable      Kind = "unreachable"       // no TCP connection to the host
	Untrusted        Kind = "untrusted"         // no TLS session, for example because of the certificate
	Broken           Kind = "broken"            // the connection broke, or the answer was not HTTP
)

// DeliveryError reports that a delivery is not confirmed: the message was not sent, or it may have
// been. Of the answer it holds only the status and the provider's code. It holds nothing of the
// message or the URL, because they can hold secrets, as the rest of the answer can.
type DeliveryError struct {
	Kind Kind
	// Status is the HTTP status if Kind is Refused or RecipientRefused, and 0 otherwise.
	Status int
	// Code is the provider's own code of a refusal, such as isv.BUSINESS_LIMIT_CONTROL, or empty.
	Code string
	// err is context.Canceled or context.DeadlineExceeded, or nil.
	err    error
	handed bool
}

// Handed reports whether the receiver may have accepted the message. That is so if the request was
// sent and no readable answer came, if a proxy got no answer from the receiver (408, 502, 504), or
// if the provider reports an error of its own. If Handed returns false, no message arrives.
func (e *DeliveryError) Handed() bool { return e.handed }

// Error returns a text without secrets, which may be logged.
func (e *DeliveryError) Error() string {
	switch {
	case e.Kind == RecipientRefused:
		return fmt.Sprintf("sms: not delivered: recipient refused with status %d, %s", e.Status, e.Code)
	case e.Kind == Refused && e.Code != "":
		return fmt.Sprintf("sms: not delivered: refused with status %d, %s", e.Status, e.Code)
	case e.Kind == Refused:
		return fmt.Sprintf("sms: not delivered: refused with status %d", e.Status)
	}
	return "sms: not delivered: " + string(e.Kind)
}

// Unwrap returns context.Canceled or context.DeadlineExceeded if that was the cause,
// so that errors.Is finds it, and nil otherwise.
func (e *DeliveryError) Unwrap() error { return e.err }

// Final reports whether this sender will never deliver to the phone, as long as its settings stay the same.
func (e *DeliveryError) Final() bool { return e.Kind == Unserved || e.Kind == RecipientRefused }

// outage reports whether the receiver is out of order, so that the next message would fail as well.
// Otherwise the error is about this message.
func (e *DeliveryError) outage() bool {
	switch e.Kind {
	case Canceled, Unserved, RecipientRefused:
		return false
	case Refused:
		// A provider may report an error of its own with status 200. It is an outage whether or not the message may
		// arrive: otherwise no later message would ever go to the next sender.
		return e.Status >= http.StatusInternalServerError || e.handed || ownError(e.Code) // check: sms-own-error
	}
	return true
}

// silent reports whether the error shows nothing about the receiver: no request was made, or the caller did not wait
// for its end.
func (e *DeliveryError) silent() bool { return e.Kind == Canceled || e.Kind == Unserved }

// refusedWith returns the error for an answer with a provider's code. A provider that reports an error
// of its own may have sent the message. The kind is RecipientRefused if the code blames the phone, so that
// operators can tell numbers that get no SMS from an account that needs their attention.
func refusedWith(status int, code string) *DeliveryError {
	unsure := ownError(code) && !unsent(code)
	if !isCode(code) {
		code = "" // not a documented code, so it may hold anything
	}
	handed := unsure || unsettled(status) // check: sms-unsure
	kind := Refused
	if blamesPhone(code) && !handed { // check: sms-recipient
		kind = RecipientRefused
	}
	return &DeliveryError{Kind: kind, Status: status, Code: code, handed: handed}
}

// ownError reports whether a provider's code says that the error is the provider's own.
func ownError(code string) bool {
	// Tencent (error codes of SMS, 2026-02-05), and Aliyun (error codes of the API, 2019-11-22), whose other codes with
	// isp. are about permissions.
	switch code {
	case "isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "isp.UNKNOWN",
		// Tencent's calls (error codes of API version 2020-09-02): no answer within Tencent, an unknown error of the voice
		// service. Their names are those of refusals.
		"FailedOperation.AccessUpstreamTimeout", "FailedOperation.ParametersOtherError": // check: voice-unsure
		return true
	}
	return strings.HasPrefix(code, "InternalError")
}

// unsent reports whether a provider's own error certainly came before the message was sent. The documentation says of
// the others that the request timed out or that the error is unknown, so their messages may arrive.
func unsent(code string) bool {
	switch code {
	case "InternalError.JsonParseFail", // Tencent could not read the request
		"InternalError.RequestTimeException", "InternalError.SigFieldMissing",
		"InternalError.SigVerificationFail",      // or not verify it
		"InternalError.RestApiInterfaceNotExist": // or has no such interface
		return true
	}
	return false
}

// blamesPhone reports whether a provider's code says that the phone gets no SMS, now and later. A code for too many
// messages to a phone is not among them, because that ends by itself.
func blamesPhone(code string) bool {
	// Twilio advises against logic by code (changelog of 2024-07-10), since its codes change. A code that is missing
	// here is an ordinary refusal, so a change costs only precision. Codes of a country that the account may not send
	// to are left out: an operator can change that.
	switch code {
	case "isv.MOBILE_NUMBER_ILLEGAL", // Aliyun: not a mobile number
		"InvalidParameterValue.IncorrectPhoneNumber",   // Tencent: not a mobile number
		"InvalidParameterValue.CalledNumberVerifyFail", // Tencent's calls: not a phone
		"FailedOperation.PhoneNumberInBlacklist",       // Tencent: the holder has complained or opted out
		"21211", "21265", "21268", "21614", "21635",    // Twilio: not a mobile number
		"21610",                // Twilio: the holder has opted out
		"1050", "1170", "1240", // Vonage: barred, not valid, opted out
		"OptedOut": // SNS, which takes most messages to such phones and drops them
		return true
	}
	return false
}

// maxDigits is the length of the longest number that is a code of a provider, such as Twilio's 21614. A longer number
// may be a person's code or phone.
const maxDigits = 5

// isCode reports whether a text has the form of a documented code, so that it may be logged.
func isCode(text string) bool {
	if len(text) > 64 {
		return false
	}
	digits := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '.' && r != '_' && r != '-':
			return false
		}
	}
	return digits <= maxDigits // check: sms-code-digits
}

// unread returns the error for a provider's answer without a code. It is then not known whether the
// message was accepted, unless the status refuses the request.
func unread(status int) *DeliveryError {
	if status >= 200 && status <= 299 {
		return &DeliveryError{Kind: Broken, handed: true}
	}
	return &DeliveryError{Kind: Refused, Status: status, handed: unsettled(status)}
}

// isMainland reports whether a phone is of mainland China, for which providers require other
// templates and another form of the number. No other region has the calling code +86.
func isMainland(phone string) bool { return strings.HasPrefix(phone, "+86") }
