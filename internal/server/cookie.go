package server

import (
	"net/http"
	"net/url"
	"time"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/operation"
)

// The cookies of AnQiCMS, with Config.Compat only. inviteCookie is read and never written.
const (
	tokenCookie  = "token"
	inviteCookie = "invite"
)

// sentCookie returns the value of a cookie, or "" if the request has none, or if the page that sent the
// request is not known to be of this origin. Browsers add cookies to requests of other pages as well,
// so a cookie does not show that the person wants the request (CSRF).
//
// Two cookies of one name with different values are refused. A page of a sibling domain can add one of
// them, and the request does not show which one.
func sentCookie(req *http.Request, name string) (string, error) {
	sent := req.CookiesNamed(name)
	if len(sent) == 0 || !sameOrigin(req) { // check: cookie-same-origin
		return "", nil
	}
	for _, other := range sent[1:] {
		if other.Value != sent[0].Value { // check: cookie-one
			return "", &problem{reason: api.ReasonTokenInvalid}
		}
	}
	return sent[0].Value, nil
}

// sameOrigin reports whether a browser says that a page of this origin has sent the request. If the
// request has none of these headers, sameOrigin returns false. SameSite=Lax is not enough: browsers send
// the cookie with requests of sibling domains and with followed links, and a GET can redeem a code.
//
// Browsers send Sec-Fetch-Site to https and to localhost only. Elsewhere Origin is on each POST, and
// Referer on most GETs.
func sameOrigin(req *http.Request) bool {
	// Scripts cannot set these three headers (Fetch standard, forbidden request-headers).
	if site := req.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	from := req.Header.Get("Origin")
	if from == "" {
		from = req.Referer()
	}
	// The scheme is not compared, since a proxy in front may end TLS.
	u, err := url.Parse(from)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Host == req.Host
}

// writeCookie sets the cookie in an answer that has a new token, and removes it in the answers to a logout
// and to an account deletion. Scripts cannot read the cookie. It ends with the token.
func (s *server) writeCookie(h http.Header, c *operation.Call) {
	cookie := http.Cookie{
		Name: tokenCookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Secure,
	}
	switch {
	case c.Reason != "" || c.Issued == "" && !c.LoggedOut: // a refusal changes nothing
		return
	case c.LoggedOut:
		cookie.MaxAge = -1 // at once
	default:
		// This process has signed the token a moment ago, so its claims are valid.
		claims, err := s.tokens.Parse(c.Issued)
		if err != nil {
			return
		}
		cookie.Value, cookie.MaxAge = c.Issued, int(claims.Life()/time.Second)
	}
	h.Add("Set-Cookie", cookie.String())
}

// isSecure reports whether the browser's connection may be encrypted: TLS ends in this process, or the
// request comes from a trusted proxy that does not say "http" in X-Forwarded-Proto.
func (s *server) isSecure(req *http.Request) bool {
	// If the result is true for a plain connection, nothing leaks: a browser drops a Secure cookie
	// there.
	return req.TLS != nil || s.proxies.Behind(req.RemoteAddr) && req.Header.Get("X-Forwarded-Proto") != "http"
}
