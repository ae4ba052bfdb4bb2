package operation

import (
	"cmp"
	"context"
	"net/netip"
	"time"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/message"
	"github.com/enroll-project/enroll/internal/token"
)

// Token is a token that has been verified: as it was sent, and what it claims.
type Token struct {
	Raw    string
	Claims token.Claims
}

// Call has the facts about one request: those that package server collects before the operation, and
// those that the operation adds for its answer, the log and the metrics. Only the goroutine that serves
// the request uses it, so it has no lock.
type Call struct {
	// ID is the X-Request-Id of the answer and of the log line. A client may have chosen it, so it is
	// no secret and may occur twice.
	ID string
	// Start is when the headers had been read. It is for durations only.
	Start time.Time
	Texts *message.Texts      // in the language of the request
	Op    *contract.Operation // nil if the contract has no operation with this method and path
	// Connection is the context of the request without its deadline. It ends when the client is gone or
	// the request has been answered. A context whose deadline begins later is derived from Connection.
	Connection context.Context
	API        bool  // below /api/: answers are envelopes, and always-200 applies
	Site       int64 // 0 until the server has read it
	// InviteHint is the value of the cookie "invite". A registration and the code for one use it.
	InviteHint string

	Client  netip.Addr     // address of the client, by the connection and the trusted proxies
	Network string         // the client's /24 or /48, for the log
	From    account.Origin // the client's networks, for the counts of codes and logins
	// Agent is the header User-Agent as it was sent. It is not logged; a session stores parts of
	// it.
	Agent string
	User  int64 // 0 until the user is known

	Sent   Token         // the token of the request
	Holder holder.Holder // the user of the token, in an operation with security
	// Unauthenticated is the reason why the request has no valid token, in an operation
	// that allows that. The handler returns it if it needs the token.
	Unauthenticated error
	Fresh           string // the token that replaces Sent, if the handler has renewed it
	// Issued is the new token of a registration, a login, a change of the password or a renewal, for
	// the cookie.
	Issued    string
	LoggedOut bool // a logout or an account deletion has ended the session of the token
	Secure    bool // the cookie of the answer is for encrypted connections only

	// The outcome, for the log line and the metrics. Reason is "" for a success. In the
	// mode always-200 Status is that of the reason and not the 200 that is sent.
	Status int
	Reason api.Reason
	Cause  error
}

// callKey is the key of the call in a context.
type callKey struct{}

// With returns a request's context that also has the call, for [CallOf].
func With(ctx context.Context, c *Call) context.Context { return context.WithValue(ctx, callKey{}, c) }

// CallOf returns the call of a request's context. Package server has put a call into the context of every
// request. CallOf returns nil for any other context.
func CallOf(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// Success returns the message of the operation's success.
func (c *Call) Success() string { return c.Texts.Of("ok."+c.Op.ID, 0, 0) }

// Refusal returns the operation's own message of a reason, or else the general one: the same reason can need
// other words where a person is logged in, or sends a picture. limit and seconds are as for
// [message.Texts.Of].
func (c *Call) Refusal(reason string, limit, seconds int) string {
	if c.Op != nil {
		if own := c.Texts.Of(reason+"."+c.Op.ID, limit, seconds); own != "" {
			return own
		}
	}
	return c.Texts.Of(reason, limit, seconds)
}

// proof returns the captcha of a request with the client's address, because a captcha is
// valid for one network only.
func (c *Call) proof(id, answer string) account.Proof {
	return account.Proof{CaptchaID: id, Captcha: answer, Client: c.Client} // check: captcha-client
}

// invitation returns the invitation of a request for a code: the one that was sent, or else that of the cookie.
func (c *Call) invitation(sent string) string { return cmp.Or(sent, c.InviteHint) }
