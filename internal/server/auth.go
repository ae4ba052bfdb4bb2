package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/operation"
)

// authenticate refuses a request to a secured operation unless it has a valid token of the
// request's site, whose session is live and whose user is active. If the token is optional, the
// operation decides. All secured operations are authenticated here, so that no operation can forget
// the check (I12).
func (s *server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := operation.CallOf(ec.Request().Context())
		if c.Op == nil || !c.Op.Secured { // check: auth-required
			return next(ec)
		}
		// An operation without security ignores a token, even an invalid one: a client may
		// send it with every request.
		sent, err := s.verifiedToken(ec.Request(), c.Site)
		// The user is set before the session is checked, so that the log has it for a refused token, too.
		if c.Sent, c.User = sent, sent.Claims.UserID; err == nil {
			c.Holder, err = s.holder(ec.Request().Context(), sent.Claims)
		}
		if err != nil && !c.Op.Optional { // check: session-checked
			return err
		}
		// An operation whose token is optional decides by its body. It refuses with this error if the
		// body requests an action that needs a user.
		c.Unauthenticated = err
		return next(ec)
	}
}

// verifiedToken returns the token of a request if it is valid for a site: signed by one of our
// keys, of our issuer and audience, not expired, and for a user of the site. It does not check the
// session.
func (s *server) verifiedToken(req *http.Request, site int64) (operation.Token, error) {
	raw, err := s.sentToken(req)
	if err != nil {
		return operation.Token{}, err
	}
	// Bad signatures end here, before the database is queried.
	claims, err := s.tokens.Parse(raw)
	if err != nil {
		return operation.Token{}, err
	}
	// Sites have separate users, and ids are unique over all sites, so the token is for a user of its own site only.
	if claims.SiteID != site { // check: auth-site
		return operation.Token{}, &problem{reason: api.ReasonTokenInvalid}
	}
	return operation.Token{Raw: raw, Claims: claims}, nil
}

// sentToken returns the token of a request: that of its headers, or, with Config.Compat, that of its
// cookie. If a header has a token, the cookie is ignored: an old cookie must not make a request with
// a valid header fail.
func (s *server) sentToken(req *http.Request) (string, error) {
	found, err := headerToken(req.Header)
	if err == nil && found == "" && s.compat { // check: cookie-compat
		found, err = sentCookie(req, tokenCookie)
	}
	// A missing token has a reason of its own: the client must log in, but has made no mistake.
	if err == nil && found == "" {
		err = &problem{reason: api.ReasonTokenMissing}
	}
	return found, err
}

// headerToken returns the token of the header Token or Authorization, "" for none. Two
// different tokens are refused: a proxy in front may have checked the other one.
func headerToken(h http.Header) (string, error) {
	// Header keys are in canonical form here, because net/http made them so.
	own, bearer := h["Token"], h["Authorization"]
	if len(own) > 1 || len(bearer) > 1 {
		return "", &problem{reason: api.ReasonTokenInvalid}
	}
	var found string
	if len(own) == 1 {
		found = own[0]
	}
	if len(bearer) == 1 {
		// Another scheme, such as Basic, is for a proxy in front and is ignored.
		scheme, credentials, _ := strings.Cut(bearer[0], " ")
		if strings.EqualFold(scheme, "Bearer") {
			// RFC 9110 allows several blanks after the scheme.
			credentials = strings.TrimLeft(credentials, " ")
			if credentials == "" || found != "" && found != credentials { // check: auth-one-token
				return "", &problem{reason: api.ReasonTokenInvalid}
			}
			found = credentials
		}
	}
	return found, nil
}
