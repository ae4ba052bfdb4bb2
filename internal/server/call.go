package server

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/message"
)

// call has the facts about one request that the middleware collects. Only the goroutine
// that serves the request uses it.
type call struct {
	id    string // X-Request-Id
	start time.Time
	texts *message.Texts      // in the language of the request
	op    *contract.Operation // nil if the contract has no such operation
	api   bool                // below /api/: answers are envelopes, and always-200 applies
	site  int64               // 0 until validate has read it
	// inviteHint is the cookie invite of a registration.
	inviteHint string

	client  netip.Addr     // address of the client, by the connection and the trusted proxies
	network string         // the client's /24 or /48, for the log
	from    account.Origin // the client's networks, for the counts of codes and logins
	// agent is the header User-Agent as it was sent. It is not logged; a session keeps words of it.
	agent string
	user  int64 // 0 until the user is known

	sent   verifiedToken // the token of the request
	holder holder.Holder // its user, in an operation with security
	// unauthenticated is why the request has no valid token, where it may have none. The
	// handler returns it if it needs the token.
	unauthenticated error
	fresh           string // the token that replaces it, if the handler has renewed it
	issued          string // the token of a registration or a login
	loggedOut       bool   // the session of the token has been ended by its holder
	secure          bool   // the cookie of the answer is for encrypted connections only

	// The outcome, for the log line and the metrics. reason is "" for a success. In the
	// mode always-200 status is that of the reason and not the 200 that is sent.
	status int
	reason api.Reason
	cause  error
}

// callKey is the key of the call in a context.
type callKey struct{}

// callOf returns the call of a request's context. begin has put it there for every
// request.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// begin makes the call, sets the headers that every answer has, and gives the request's
// context a deadline, which bounds all that the request waits for.
func (s *server) begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := &call{
			id:    s.ids.of(req.Header),
			start: s.now(),
			texts: s.languages.Of(req.Header),
			op:    s.contract.Operation(req.Method, ec.Path()),
			api:   strings.HasPrefix(req.URL.Path, "/api/"),
		}
		// First, because the limits and the log need it for every request.
		c.client = s.proxies.Client(req.RemoteAddr, req.Header)
		c.network = network(c.client)
		c.from = account.OriginOf(c.client)
		c.agent = req.UserAgent()
		c.secure = s.compat && s.isSecure(req)
		// check: request-deadline
		ctx, cancel := context.WithTimeout(context.WithValue(req.Context(), callKey{}, c), s.timeout)
		defer cancel()
		ec.SetRequest(req.WithContext(ctx))
		h := ec.Response().Header()
		h.Set("X-Request-Id", c.id)
		// Browsers must not guess that JSON is HTML.
		h.Set("X-Content-Type-Options", "nosniff") // check: header-nosniff
		if c.api {
			c.markAPI(h)
		} else if c.op != nil {
			// Verifiers may cache the keys for five minutes. A new key is published long
			// before it signs, so a cached set is never too old.
			h.Set("Cache-Control", "public, max-age=300")
		}
		ec.Response().Before(func() {
			c.complete(h)
			if s.compat {
				s.writeCookie(h, c)
			}
		})
		return next(ec)
	}
}

// markAPI sets the headers of an envelope: it must not be cached, because it has data of
// one person, and its language depends on Accept-Language.
func (c *call) markAPI(h http.Header) {
	h.Set("Cache-Control", "no-store")     // check: header-no-store
	h.Set("Content-Language", c.texts.Tag) // check: header-language
	h.Set("Vary", "Accept-Language")
}

// complete sets headers right before they are sent. The generated code writes the media
// type without its charset, and no headers of the contract (tools/overlay.yaml).
func (c *call) complete(h http.Header) {
	if h.Get("Content-Type") == "application/json" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	// Not with a refusal: the handler may have renewed the token before it failed.
	if c.fresh != "" && c.reason == "" {
		h.Set("Update-Token", c.fresh) // check: header-renewal
	}
}

// success returns the message of the operation's success.
func (c *call) success() string { return c.texts.Of("ok."+c.op.ID, 0, 0) }

// proof returns the captcha of a request with the client's address, because a captcha is
// valid for one network only.
func (c *call) proof(id, answer string) account.Proof {
	return account.Proof{CaptchaID: id, Captcha: answer, Client: c.client} // check: captcha-client
}

// network returns the client's /24 or /48, for the log. That suffices to see an attack and
// to block it, and it does not identify a person. It is "" if the address is not known.
func network(client netip.Addr) string {
	bits := 48
	if client.Is4() {
		bits = 24 // check: log-network
	}
	if prefix, err := client.Prefix(bits); err == nil && prefix.IsValid() {
		return prefix.String()
	}
	return ""
}

// ids makes the ids of requests.
type ids struct{ rand io.Reader }

// of returns the id that the request has, so that the logs of a proxy and of Enroll can be
// compared. If the request has none or several, or one with characters that could forge a log
// line, it returns a random id of 128 bits.
func (i ids) of(h http.Header) string {
	// 64 characters are enough for a UUID and for the ids of common proxies.
	if sent := h["X-Request-Id"]; len(sent) == 1 && plain(sent[0], 64) && sent[0] != "" { // check: request-id
		return sent[0]
	}
	var b [16]byte
	if _, err := io.ReadFull(i.rand, b[:]); err != nil {
		// An id need not be unguessable, so serve the request; its id is all zeros.
		clear(b[:])
	}
	return hex.EncodeToString(b[:])
}

// plain reports whether s has at most limit characters, all of them ASCII letters,
// digits, '.', '_' or '-', which are safe in a header, a log line and a message.
func plain(s string, limit int) bool {
	if len(s) > limit {
		return false
	}
	for i := range len(s) {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '.', b == '_', b == '-':
		default:
			return false
		}
	}
	return true
}
