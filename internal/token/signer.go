package token

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"
)

const (
	// idLength is the length of a token's id in bytes (ASVS 11.5.1: 128 bits).
	idLength = 16

	// maxName bounds issuer and audience, in bytes, so that a signed token is shorter
	// than maxToken.
	maxName = 255
)

// Config holds what a [Signer] needs.
type Config struct {
	// Keys are all keys in use, at least one. The first signs and needs its
	// private part; all verify.
	Keys []Key

	// Issuer and Audience are the claims iss and aud, 1 to 255 bytes of text without control
	// characters each: the service that signs, and the services that accept the token.
	Issuer, Audience string

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Rand is the source of the tokens' ids. It must be safe for concurrent use; nil
	// means crypto/rand. Signatures always use crypto/rand.
	Rand io.Reader
}

// Signer signs and verifies tokens. It is immutable and safe for concurrent use.
type Signer struct {
	keys             map[string]Key // by id
	signing          Key
	header           string // of every signed token, encoded, with its dot
	issuer, audience string
	jwks             []byte
	parser           *jwt.Parser
	stepped          *jwt.Parser // after a step back of the clock
	now              func() time.Time
	rand             io.Reader
}

// New returns a Signer, or an error that names the wrong field of the configuration.
func New(config Config) (*Signer, error) {
	if len(config.Keys) == 0 || !config.Keys[0].CanSign() {
		return nil, errors.New("token: the first key must be a private key or an HS256 secret")
	}
	if !isName(config.Issuer) || !isName(config.Audience) {
		return nil, errors.New("token: issuer and audience must be 1 to 255 bytes of text without control characters each")
	}
	s := &Signer{
		keys:    make(map[string]Key, len(config.Keys)),
		signing: config.Keys[0],
		issuer:  config.Issuer, audience: config.Audience,
		now: config.Now, rand: config.Rand,
	}
	for _, key := range config.Keys {
		if _, double := s.keys[key.id]; double || key.public == nil {
			return nil, fmt.Errorf("token: key %q is listed twice or is empty", key.id)
		}
		s.keys[key.id] = key
	}
	header, err := json.Marshal(header{Algorithm: s.signing.Algorithm(), KeyID: s.signing.id, Type: tokenType})
	if err != nil {
		return nil, fmt.Errorf("token: header: %w", err)
	}
	s.header = encode(header) + "."
	if s.jwks, err = newJWKS(config.Keys); err != nil {
		return nil, fmt.Errorf("token: JWKS: %w", err)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	s.parser, s.stepped = newParser(s, Leeway), newParser(s, ClockStep) // check: token-leeway
	return s, nil
}

// isName reports whether a text can be an issuer or an audience. JSON writes a control character as six bytes, so
// that names of them would make tokens longer than maxToken. JSON cannot have text that is not UTF-8.
func isName(name string) bool {
	return len(name) >= 1 && len(name) <= maxName &&
		utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// JWKS returns the set of the public keys as JSON (RFC 7517 §5), in the order of
// Config.Keys. It always returns the same bytes, so that they can have an ETag. With
// HS256 keys only, it is {"keys":[]}. The caller may change the slice.
func (s *Signer) JWKS() []byte { return bytes.Clone(s.jwks) }

// Sign returns a new token for the subject, valid from now on for the given life. The
// life is rounded down to whole seconds and must be 1 s to [MaxLife].
func (s *Signer) Sign(subject Subject, life time.Duration) (string, error) {
	life = life.Truncate(time.Second)
	if life <= 0 || life > MaxLife {
		return "", fmt.Errorf("token: a life of %v is not within 1s and %v", life, MaxLife)
	}
	if subject.UserID < 1 || subject.SiteID < 1 || len(subject.SessionID) > maxSession {
		return "", errors.New("token: user id or site id is not positive, or session id is too long")
	}
	var id [idLength]byte
	if _, err := io.ReadFull(s.rand, id[:]); err != nil { // check: token-jti
		return "", fmt.Errorf("token: id: %w", err)
	}
	// iat and nbf are the same second, so a token is valid at once. Verifiers whose clocks are slow
	// accept it because of Leeway.
	issued := s.now().Unix()
	expires := issued + int64(life/time.Second)
	name, user := encode(id[:]), strconv.FormatInt(subject.UserID, 10)
	p := payload{
		Issuer: &s.issuer, Subject: &user, Audience: &s.audience,
		IssuedAt: &issued, NotBefore: &issued, ExpiresAt: &expires,
		ID: &name, SiteID: &subject.SiteID,
	}
	if subject.SessionID != "" {
		p.SessionID = &subject.SessionID
	}
	claims, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("token: claims: %w", err)
	}
	signed := s.header + encode(claims)
	signature, err := s.signing.method.Sign(signed, *s.signing.private)
	if err != nil {
		return "", fmt.Errorf("token: sign: %w", err)
	}
	return signed + "." + encode(signature), nil
}

// Window returns how long before its expiry a token with the given life is renewed: an hour, or a
// quarter of the life if that is less.
func Window(life time.Duration) time.Duration {
	// A quarter, because an hour would be most of the life of a short token, which would
	// then be renewed at almost every request.
	return min(time.Hour, life/4)
}

// Renewable returns the life of the token that replaces an accepted one, and whether the accepted
// one is in its [Window]. The new token has the same life, but does not outlive last, the end of the
// session. Before the window, and if the new token would not live longer than the old
// one, Renewable returns false. After the expiry and [Leeway] it returns [ErrExpired].
//
// The caller must check that the session is live, and then sign.
func (s *Signer) Renewable(claims Claims, last time.Time) (life time.Duration, due bool, err error) {
	now := s.now()
	if !now.Before(claims.ExpiresAt.Add(Leeway)) { // check: token-renewal
		return 0, false, ErrExpired
	}
	if now.Before(claims.ExpiresAt.Add(-Window(claims.Life()))) {
		return 0, false, nil
	}
	life = min(claims.Life(), last.Sub(now)).Truncate(time.Second) // check: session-max
	return life, now.Add(life).After(claims.ExpiresAt.Add(time.Second)), nil
}
