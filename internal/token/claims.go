package token

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
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
// null, from a value.
type payload struct {
	Issuer    *string `json:"iss"`
	Subject   *string `json:"sub"`
	Audience  *string `json:"aud"`
	IssuedAt  *int64  `json:"iat"`
	NotBefore *int64  `json:"nbf"`
	ExpiresAt *int64  `json:"exp"`
	ID        *string `json:"jti"`
	SiteID    *int64  `json:"site_id"`
}

// parsePayload reads the claims and checks what can be checked without knowing
// anything else. The audience must be one string, as we write it.
//
// encoding/json is not used, because it takes other-case names and the last of
// duplicate ones. This reader refuses duplicates, invalid UTF-8 and numbers
// that are not plain integers within int64.
func parsePayload(text []byte) (payload, Claims, error) {
	var p payload
	if err := json.Unmarshal(text, &p); err != nil {
		return payload{}, Claims{}, errPayload
	}
	if p.Issuer == nil || p.Subject == nil || p.Audience == nil || p.IssuedAt == nil ||
		p.NotBefore == nil || p.ExpiresAt == nil || p.ID == nil || p.SiteID == nil {
		return payload{}, Claims{}, errMissing
	}
	user, err := strconv.ParseInt(*p.Subject, 10, 64)
	if err != nil || user < 1 || strconv.FormatInt(user, 10) != *p.Subject {
		return payload{}, Claims{}, errSubject
	}
	if *p.SiteID < 1 {
		return payload{}, Claims{}, errSite
	}
	if *p.ID == "" {
		return payload{}, Claims{}, errMissing
	}
	for _, seconds := range []int64{*p.IssuedAt, *p.NotBefore, *p.ExpiresAt} {
		// time.Time wraps around for numbers far out of this range.
		if seconds < 0 || seconds > maxTime {
			return payload{}, Claims{}, errTimes
		}
	}
	claims := Claims{
		Subject:   Subject{UserID: user, SiteID: *p.SiteID},
		ID:        *p.ID,
		IssuedAt:  time.Unix(*p.IssuedAt, 0).UTC(),
		NotBefore: time.Unix(*p.NotBefore, 0).UTC(),
		ExpiresAt: time.Unix(*p.ExpiresAt, 0).UTC(),
	}
	if claims.Life() <= 0 || claims.Life() > MaxLife {
		return payload{}, Claims{}, errTimes
	}
	return p, claims, nil
}
