package token

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"
)

const (
	// Leeway is how much the clocks of signer and verifier may differ.
	Leeway = 30 * time.Second

	// MaxLife is the longest life of a token. Nobody needs as much; it keeps a
	// mistaken setting from making tokens for ever.
	MaxLife = 10 * 365 * 24 * time.Hour

	// maxTime is the last second of the year 9999, in Unix seconds.
	maxTime = 253402300799
)

// Subject is whom a token stands for.
type Subject struct {
	UserID int64 // at least 1
	SiteID int64 // at least 1
}

// Claims is what an accepted token says. The times are whole seconds in UTC.
type Claims struct {
	Subject
	ID        string // jti, different for each token
	IssuedAt  time.Time
	NotBefore time.Time
	ExpiresAt time.Time
}

// Life is the time from the token's issue to its expiry.
func (c Claims) Life() time.Duration { return c.ExpiresAt.Sub(c.IssuedAt) }

// payload is the claims as they stand in a token. Pointers tell absence, and
// null, from a value. It is what golang-jwt validates, see [jwt.ClaimsValidator].
type payload struct {
	Issuer    *string `json:"iss"`
	Subject   *string `json:"sub"`
	Audience  *string `json:"aud"` // one string, as Sign writes it
	IssuedAt  *int64  `json:"iat"`
	NotBefore *int64  `json:"nbf"`
	ExpiresAt *int64  `json:"exp"`
	ID        *string `json:"jti"`
	SiteID    *int64  `json:"site_id"`

	claims Claims // set by Validate
}

// UnmarshalJSON reads the claims of a token. encoding/json, by which golang-jwt
// reads, takes other-case names and the last of duplicate ones. This reader refuses
// duplicates, invalid UTF-8 and numbers that are not plain integers within int64.
func (p *payload) UnmarshalJSON(text []byte) error {
	type plain payload // without this method
	return json.Unmarshal(text, (*plain)(p))
}

// Validate checks what the parser does not know of: that all claims are there, and
// the form of those that are ours alone. The parser calls it once the signature is
// verified.
func (p *payload) Validate() error {
	if p.Issuer == nil || p.Subject == nil || p.Audience == nil || p.IssuedAt == nil ||
		p.NotBefore == nil || p.ExpiresAt == nil || p.ID == nil || *p.ID == "" || p.SiteID == nil {
		return errMissing
	}
	user, err := strconv.ParseInt(*p.Subject, 10, 64)
	if err != nil || user < 1 || strconv.FormatInt(user, 10) != *p.Subject {
		return errSubject
	}
	if *p.SiteID < 1 {
		return errSite
	}
	for _, seconds := range []int64{*p.IssuedAt, *p.NotBefore, *p.ExpiresAt} {
		// time.Time wraps around for numbers far out of this range.
		if seconds < 0 || seconds > maxTime {
			return errTimes
		}
	}
	p.claims = Claims{
		Subject:   Subject{UserID: user, SiteID: *p.SiteID},
		ID:        *p.ID,
		IssuedAt:  time.Unix(*p.IssuedAt, 0).UTC(),
		NotBefore: time.Unix(*p.NotBefore, 0).UTC(),
		ExpiresAt: time.Unix(*p.ExpiresAt, 0).UTC(),
	}
	if life := p.claims.Life(); life <= 0 || life > MaxLife {
		return errTimes
	}
	return nil
}

// GetExpirationTime and the methods below it show the parser the claims that it
// checks.
func (p *payload) GetExpirationTime() (*jwt.NumericDate, error) { return date(p.ExpiresAt), nil }

// GetIssuedAt returns iat.
func (p *payload) GetIssuedAt() (*jwt.NumericDate, error) { return date(p.IssuedAt), nil }

// GetNotBefore returns nbf.
func (p *payload) GetNotBefore() (*jwt.NumericDate, error) { return date(p.NotBefore), nil }

// GetIssuer returns iss.
func (p *payload) GetIssuer() (string, error) { return text(p.Issuer), nil }

// GetSubject returns sub.
func (p *payload) GetSubject() (string, error) { return text(p.Subject), nil }

// GetAudience returns aud.
func (p *payload) GetAudience() (jwt.ClaimStrings, error) {
	return jwt.ClaimStrings{text(p.Audience)}, nil
}

func date(seconds *int64) *jwt.NumericDate {
	if seconds == nil {
		return nil
	}
	return &jwt.NumericDate{Time: time.Unix(*seconds, 0)}
}

func text(claim *string) string {
	if claim == nil {
		return ""
	}
	return *claim
}
