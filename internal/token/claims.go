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

	// ClockStep is how far the clock may step back without a fresh token being refused. The clock is that of the
	// database. After a failover it is the new primary's, for which a fresh token may have been issued in the future.
	ClockStep = 5 * time.Minute // check: token-clock-step

	// MaxLife is the longest life of a token. It is far above any sensible setting and
	// refuses a mistyped one.
	MaxLife = 10 * 365 * 24 * time.Hour

	// maxSession bounds the id of a session, in bytes.
	maxSession = 64

	// maxTime is the last second of the year 9999, in Unix seconds.
	maxTime = 253402300799
)

// Subject is the user and the session for which a token is issued.
type Subject struct {
	UserID int64 // at least 1
	SiteID int64 // at least 1
	// SessionID is the claim sid, 1 to 64 bytes. It is "" in a token of a release that had no sessions.
	SessionID string
}

// Claims are the claims of an accepted token. The times are whole seconds in UTC.
type Claims struct {
	Subject
	ID        string // jti, different for each token
	IssuedAt  time.Time
	NotBefore time.Time
	ExpiresAt time.Time
}

// Life is the time from the token's issue to its expiry.
func (c Claims) Life() time.Duration { return c.ExpiresAt.Sub(c.IssuedAt) }

// payload is the JSON of a token's claims. A nil pointer is a claim that is absent or
// null. golang-jwt validates it, see [jwt.ClaimsValidator].
type payload struct {
	Issuer    *string `json:"iss"`
	Subject   *string `json:"sub"`
	Audience  *string `json:"aud"` // one string, as Sign writes it
	IssuedAt  *int64  `json:"iat"`
	NotBefore *int64  `json:"nbf"`
	ExpiresAt *int64  `json:"exp"`
	ID        *string `json:"jti"`
	SiteID    *int64  `json:"site_id"`
	SessionID *string `json:"sid,omitempty"`

	claims Claims // set by Validate
}

// UnmarshalJSON reads the claims of a token. It refuses duplicate names, invalid UTF-8
// and numbers that are not plain integers within int64. encoding/json, which golang-jwt
// uses, accepts names in another case and takes the last of duplicates.
func (p *payload) UnmarshalJSON(text []byte) error {
	type plain payload // without this method
	return json.Unmarshal(text, (*plain)(p))
}

// Validate checks what golang-jwt does not: that all claims are present, and the form
// of those that only Enroll uses. golang-jwt calls it after it has verified the
// signature.
func (p *payload) Validate() error {
	if p.Issuer == nil || p.Subject == nil || p.Audience == nil || p.IssuedAt == nil ||
		p.NotBefore == nil || p.ExpiresAt == nil || p.ID == nil || *p.ID == "" || p.SiteID == nil {
		return errMissing
	}
	// Formatting the id again refuses other spellings of it, such as "+7" and "007".
	user, err := strconv.ParseInt(*p.Subject, 10, 64)
	if err != nil || user < 1 || strconv.FormatInt(user, 10) != *p.Subject {
		return errSubject
	}
	if *p.SiteID < 1 {
		return errSite
	}
	// A token without the claim is of an earlier release. An empty claim is invalid.
	if p.SessionID != nil && (*p.SessionID == "" || len(*p.SessionID) > maxSession) { // check: token-sid
		return errSession
	}
	for _, seconds := range []int64{*p.IssuedAt, *p.NotBefore, *p.ExpiresAt} {
		// time.Time wraps around for numbers far out of this range.
		if seconds < 0 || seconds > maxTime {
			return errTimes
		}
	}
	p.claims = Claims{
		Subject:   Subject{UserID: user, SiteID: *p.SiteID, SessionID: text(p.SessionID)},
		ID:        *p.ID,
		IssuedAt:  time.Unix(*p.IssuedAt, 0).UTC(),
		NotBefore: time.Unix(*p.NotBefore, 0).UTC(),
		ExpiresAt: time.Unix(*p.ExpiresAt, 0).UTC(),
	}
	if life := p.claims.Life(); life <= 0 || life > MaxLife { // check: token-exp-issued
		return errTimes
	}
	return nil
}

// GetExpirationTime returns exp. With the methods below it implements [jwt.Claims].
// check: token-expiry
func (p *payload) GetExpirationTime() (*jwt.NumericDate, error) { return date(p.ExpiresAt), nil }

// GetIssuedAt returns iat.
func (p *payload) GetIssuedAt() (*jwt.NumericDate, error) { return date(p.IssuedAt), nil }

// GetNotBefore returns nbf.
func (p *payload) GetNotBefore() (*jwt.NumericDate, error) { return date(p.NotBefore), nil } // check: token-nbf

// GetIssuer returns iss.
func (p *payload) GetIssuer() (string, error) { return text(p.Issuer), nil }

// GetSubject returns sub.
func (p *payload) GetSubject() (string, error) { return text(p.Subject), nil }

// GetAudience returns aud.
func (p *payload) GetAudience() (jwt.ClaimStrings, error) {
	return jwt.ClaimStrings{text(p.Audience)}, nil
}

// date returns nil for an absent claim, as golang-jwt expects.
func date(seconds *int64) *jwt.NumericDate {
	if seconds == nil {
		return nil
	}
	return &jwt.NumericDate{Time: time.Unix(*seconds, 0)}
}

// text returns "" for an absent claim. Validate refuses such a token, except for the claim sid.
func text(claim *string) string {
	if claim == nil {
		return ""
	}
	return *claim
}
