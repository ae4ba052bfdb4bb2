package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/token"
)

// credential is a token that was found good.
type credential struct {
	raw    string
	claims token.Claims
}

// authenticate lets nobody through to a secured operation without a token that
// is good on the request's site.
func (s *server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := callOf(ec.Request().Context())
		if c.op == nil || !c.op.Secured {
			return next(ec)
		}
		raw, err := sentToken(ec.Request().Header)
		if err != nil {
			return err
		}
		claims, err := s.tokens.Parse(raw)
		if err != nil {
			return err
		}
		if claims.SiteID != c.site {
			return &refusal{reason: api.ReasonTokenInvalid}
		}
		c.sent, c.user = credential{raw, claims}, claims.UserID
		return next(ec)
	}
}

// sentToken finds the token of a request, in Token or in Authorization. Where
// two could be meant, none is taken: a proxy may have checked the other.
func sentToken(h http.Header) (string, error) {
	own, bearer := h["Token"], h["Authorization"]
	if len(own) > 1 || len(bearer) > 1 {
		return "", &refusal{reason: api.ReasonTokenInvalid}
	}
	var found string
	if len(own) == 1 {
		found = own[0]
	}
	if len(bearer) == 1 {
		// Another scheme is somebody else's business, and no token of ours.
		scheme, credentials, _ := strings.Cut(bearer[0], " ")
		if strings.EqualFold(scheme, "Bearer") {
			credentials = strings.TrimLeft(credentials, " ")
			if credentials == "" || found != "" && found != credentials {
				return "", &refusal{reason: api.ReasonTokenInvalid}
			}
			found = credentials
		}
	}
	if found == "" {
		return "", &refusal{reason: api.ReasonTokenMissing}
	}
	return found, nil
}
