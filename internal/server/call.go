package server

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/operation"
)

// begin makes the call, sets the headers that every answer has, and gives the request's
// context a deadline, which bounds all that the request waits for.
func (s *server) begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := &operation.Call{
			ID:    s.ids.of(req.Header),
			Start: s.now(),
			Texts: s.languages.Of(req.Header),
			Op:    s.contract.Operation(req.Method, ec.Path()),
			API:   strings.HasPrefix(req.URL.Path, "/api/"),
		}
		// First, because the limits and the log need it for every request.
		c.Client = s.proxies.Client(req.RemoteAddr, req.Header)
		c.Network = network(c.Client)
		c.From = account.OriginOf(c.Client)
		c.Agent = req.UserAgent()
		c.Secure = s.compat && s.isSecure(req)
		// check: request-deadline
		ctx, cancel := context.WithTimeout(operation.With(req.Context(), c), s.timeout)
		defer cancel()
		ec.SetRequest(req.WithContext(ctx))
		h := ec.Response().Header()
		h.Set("X-Request-Id", c.ID)
		// Browsers must not guess that JSON is HTML.
		h.Set("X-Content-Type-Options", "nosniff") // check: header-nosniff
		if c.API {
			markAPI(c, h)
		} else if c.Op != nil {
			// Verifiers may cache the keys for five minutes. A new key is published long
			// before it signs, so a cached set is never too old.
			h.Set("Cache-Control", "public, max-age=300")
		}
		ec.Response().Before(func() {
			complete(c, h)
			if s.compat {
				s.writeCookie(h, c)
			}
		})
		return next(ec)
	}
}

// markAPI sets the headers of an envelope: it must not be cached, because it has data of
// one person, and its language depends on Accept-Language.
func markAPI(c *operation.Call, h http.Header) {
	h.Set("Cache-Control", "no-store")     // check: header-no-store
	h.Set("Content-Language", c.Texts.Tag) // check: header-language
	h.Set("Vary", "Accept-Language")
}

// complete sets headers right before they are sent. The generated code writes the media
// type without its charset, and no headers of the contract (tools/overlay.yaml).
func complete(c *operation.Call, h http.Header) {
	if h.Get("Content-Type") == "application/json" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	// Not with a refusal: the handler may have renewed the token before it failed.
	if c.Fresh != "" && c.Reason == "" {
		h.Set("Update-Token", c.Fresh) // check: header-renewal
	}
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
