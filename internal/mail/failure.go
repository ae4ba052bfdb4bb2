package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
)

// recipientError marks an error of RCPT. A refusal of this command concerns the recipient's
// address. One of another command may concern the sender, the login or the message.
type recipientError struct{ error }

func (e *recipientError) Unwrap() error { return e.error }

// failure reduces an error to its kind, its reply code and the error of a context that has
// ended. The rest is dropped: errors of the network name hosts, and errors of SMTP have the
// server's text, which may quote the address.
func failure(ctx context.Context, err error) *DeliveryError {
	var (
		known     *DeliveryError
		reply     *textproto.Error
		recipient *recipientError
		dns       *net.DNSError
		op        *net.OpError
		cert      *tls.CertificateVerificationError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &reply) && reply.Code >= 400 && reply.Code <= 599:
		// 421 closes the connection and can follow any command (RFC 5321, 3.8), so it
		// does not concern the recipient.
		if errors.As(err, &recipient) && reply.Code != 421 {
			return &DeliveryError{Kind: RecipientRefused, Reply: reply.Code}
		}
		return &DeliveryError{Kind: Refused, Reply: reply.Code}
	case errors.Is(ctx.Err(), context.Canceled):
		return &DeliveryError{Kind: Canceled, err: context.Canceled}
	case ctx.Err() != nil:
		return &DeliveryError{Kind: TimedOut, err: context.DeadlineExceeded}
	case errors.As(err, &dns):
		return &DeliveryError{Kind: Unresolved}
	case errors.As(err, &cert), errors.As(err, &record):
		return &DeliveryError{Kind: Untrusted}
	case errors.As(err, &op) && op.Op == "dial":
		return &DeliveryError{Kind: Unreachable}
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"):
		return &DeliveryError{Kind: Untrusted} // a TLS alert
	}
	return &DeliveryError{Kind: Broken}
}
