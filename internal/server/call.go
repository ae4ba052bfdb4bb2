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
)

// call is what is known of one request so far. It belongs to the goroutine that
// serves the request.
type call struct {
	id    string // X-Request-Id
	start time.Time
	texts *texts              // of the language that was asked for
	op    *contract.Operation // nil outside the contract
	api   bool                // below /api/: wears the envelope and obeys always-200
	site  int64               // 0 until validate has read it

	client  netip.Addr     // who asks, told by the connection and the proxies we trust
	network string         // the client's /24 or /48
	from    account.Origin // the same client, for the counts of codes and logins
	user    int64          // 0 until it is known who is asking

	sent  credential // what a secured operation was called with
	fresh string     // its successor, once the handler has made one

	// What came of it, for the log line and the metrics. A success has no reason
	// and its status is what was sent. In the mode always-200 a refusal still has
	// the status that it stands for.
	status int
	reason api.Reason
	cause  error
}

type callKey struct{}

// callOf returns the call of a request's context. Whatever the chain serves has one.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// begin opens the call and sets the headers that every answer has. Whatever the
// request waits for from here on is bounded by the deadline of its context.
func (s *server) begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := &call{
			id:    s.ids.of(req.Header),
			start: s.now(),
			texts: s.languages.choose(req.Header),
			op:    s.contract.Operation(req.Method, ec.Path()),
			api:   strings.HasPrefix(req.URL.Path, "/api/"),
		}
		c.client = s.proxies.Client(req.RemoteAddr, req.Header)
		c.network = network(c.client)
		c.from = account.OriginOf(c.client)
		ctx, cancel := context.WithTimeout(context.WithValue(req.Context(), callKey{}, c), s.timeout)
		defer cancel()
		ec.SetRequest(req.WithContext(ctx))
		h := ec.Response().Header()
		h.Set("X-Request-Id", c.id)
		h.Set("X-Content-Type-Options", "nosniff")
		if c.api {
			c.markAPI(h)
		} else if c.op != nil {
			// Verifiers may keep the keys for a while: rotation announces a key
			// long before it signs.
			h.Set("Cache-Control", "public, max-age=300")
		}
		ec.Response().Before(func() { c.complete(h) })
		return next(ec)
	}
}

// markAPI sets what an envelope's headers say of it: it belongs to one person
// and is written in one language.
func (c *call) markAPI(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", c.texts.tag)
	h.Set("Vary", "Accept-Language")
}

// complete adds, right before the headers leave, what the generated code does
// not know of: it writes bare media types and, by our overlay, no headers.
func (c *call) complete(h http.Header) {
	if h.Get("Content-Type") == "application/json" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	if c.fresh != "" && c.reason == "" {
		h.Set("Update-Token", c.fresh)
	}
}

// ids names requests.
type ids struct{ rand io.Reader }

// of returns the name that the request brought, so that a caller's log and ours
// can be laid side by side, or a random one of 128 bits. A name that could
// break a log line, or two names, are not taken over.
func (i ids) of(h http.Header) string {
	if sent := h["X-Request-Id"]; len(sent) == 1 && plain(sent[0], 64) && sent[0] != "" {
		return sent[0]
	}
	var b [16]byte
	if _, err := io.ReadFull(i.rand, b[:]); err != nil {
		// A request needs no unguessable name: serve it, visibly unnamed.
		clear(b[:])
	}
	return hex.EncodeToString(b[:])
}

// plain tells whether s has at most limit characters, all of them ASCII letters,
// digits, '.', '_' or '-': safe in a header, a log line and a message.
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
