package token

import (
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"
)

const (
	// maxToken is the length of the longest token that is read, in bytes. This package
	// signs tokens of less than 2,000 bytes.
	maxToken = 4096

	tokenType = "JWT"
)

// header is the JOSE header of a token. A token with any other member is refused.
type header struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

// newParser returns a parser of a signer's tokens.
func newParser(s *Signer, leeway time.Duration) *jwt.Parser {
	var methods []string
	for _, key := range s.keys {
		methods = append(methods, key.Algorithm())
	}
	return jwt.NewParser(
		jwt.WithValidMethods(methods),
		// check: token-base64
		jwt.WithStrictDecoding(),     // no padding, no stray trailing bits
		jwt.WithIssuer(s.issuer),     // check: token-issuer
		jwt.WithAudience(s.audience), // check: token-audience
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
		// check: token-iat
		jwt.WithIssuedAt(), // an issue in the future is refused
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(s.now),
	)
}

// Parse returns the claims of a token that is valid now. For any other token it returns
// [ErrExpired] or an error that wraps [ErrInvalid]. It decodes the claims, but
// checks none of them before it has verified the signature. Of the header it uses only
// kid, to choose one of the signer's keys; alg and typ must have the expected values.
//
// Parse does not look up whether the user still exists and may log in. Its caller must.
func (s *Signer) Parse(raw string) (Claims, error) {
	key, err := s.keyOf(raw)
	if err != nil {
		return Claims{}, err
	}
	var p payload
	public := func(*jwt.Token) (any, error) { return *key.public, nil }
	_, err = s.parser.ParseWithClaims(raw, &p, public) // check: token-signature
	if err == nil {
		return p.claims, nil
	}
	early := reasonOf(err)
	if errors.Is(early, errFuture) || errors.Is(early, errNotYet) {
		// The signature shows that one of our replicas issued the token, so an issue in the future means
		// that the clock has stepped back. stepped allows that for iat and nbf, which Sign sets to one
		// time. The expiry is checked as for any token.
		if _, err = s.stepped.ParseWithClaims(raw, &p, public); err == nil && p.claims.IssuedAt.Equal(p.claims.NotBefore) {
			return p.claims, nil
		}
	}
	return Claims{}, early
}

// keyOf checks what golang-jwt does not check before the signature, and returns the
// key that the header names. golang-jwt accepts a header with any members, takes the
// last of two with the same name, and lets the header choose the algorithm.
func (s *Signer) keyOf(raw string) (Key, error) {
	if len(raw) > maxToken { // check: token-length
		return Key{}, errSize
	}
	head, rest, _ := strings.Cut(raw, ".")
	if strings.Count(rest, ".") != 1 {
		return Key{}, errParts
	}
	// The decoder skips line breaks, which would give one token many spellings.
	if strings.ContainsAny(raw, "\r\n") { // check: token-lines
		return Key{}, errEncoding
	}
	text, err := s.parser.DecodeSegment(head)
	if err != nil {
		return Key{}, errEncoding
	}
	var h header
	if err := json.Unmarshal(text, &h, json.RejectUnknownMembers(true)); err != nil { // check: token-critical
		return Key{}, errHeader
	}
	if h.Type != tokenType { // check: token-type
		return Key{}, errType
	}
	key, ok := s.keys[h.KeyID]
	if !ok {
		return Key{}, errKey
	}
	if h.Algorithm != key.Algorithm() { // check: token-algorithm
		return Key{}, errAlgorithm
	}
	return key, nil
}

// reasonOf translates an error of golang-jwt, which may join several. It returns the first in the
// list below. ErrExpired is last, so it is returned only for a token that is valid otherwise.
// golang-jwt's texts are dropped, because they may quote the token.
func reasonOf(err error) error {
	if corrupt := base64.CorruptInputError(0); errors.As(err, &corrupt) {
		return errEncoding
	}
	for _, known := range []struct{ theirs, ours error }{
		{jwt.ErrTokenMalformed, errPayload},
		{jwt.ErrTokenSignatureInvalid, errSignature},
		{errMissing, errMissing},
		{errSubject, errSubject},
		{errSite, errSite},
		{errSession, errSession},
		{errTimes, errTimes},
		{jwt.ErrTokenInvalidIssuer, errIssuer}, // check: token-forged-first
		{jwt.ErrTokenInvalidAudience, errAudience},
		{jwt.ErrTokenRequiredClaimMissing, errMissing},
		{jwt.ErrTokenUsedBeforeIssued, errFuture},
		{jwt.ErrTokenNotValidYet, errNotYet},
		{jwt.ErrTokenExpired, ErrExpired},
	} {
		if errors.Is(err, known.theirs) {
			return known.ours
		}
	}
	return ErrInvalid
}
