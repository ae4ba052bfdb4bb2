package token

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"
)

const (
	// maxToken bounds, in bytes, what is read of a token. Tokens of this package are
	// under 1,500.
	maxToken = 4096

	tokenType = "JWT"
)

// header is the JOSE header of a token, the same in reading and writing.
type header struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

// newParser returns the parser of a signer's tokens.
func newParser(s *Signer) *jwt.Parser {
	var methods []string
	for _, key := range s.keys {
		methods = append(methods, key.Algorithm())
	}
	return jwt.NewParser(
		jwt.WithValidMethods(methods),
		jwt.WithStrictDecoding(), // no padding, no stray trailing bits
		jwt.WithIssuer(s.issuer),
		jwt.WithAudience(s.audience),
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
		jwt.WithIssuedAt(), // an issue in the future is refused
		jwt.WithLeeway(Leeway),
		jwt.WithTimeFunc(s.now),
	)
}

// Parse returns what a token says if it is to be accepted now. Otherwise it returns
// [ErrExpired] or an error that wraps [ErrInvalid]. The signature is verified
// before any claim is checked; of what comes before it only the key's id is used,
// to choose among the signer's keys.
//
// Parse does not know whether the user still exists and may log in.
func (s *Signer) Parse(raw string) (Claims, error) {
	key, err := s.keyOf(raw)
	if err != nil {
		return Claims{}, err
	}
	var p payload
	if _, err := s.parser.ParseWithClaims(raw, &p, func(*jwt.Token) (any, error) { return key.public, nil }); err != nil {
		return Claims{}, reasonOf(err)
	}
	return p.claims, nil
}

// keyOf checks all of a token that golang-jwt does not, and returns the key that
// its header names. golang-jwt reads a header of any members, takes the last of two
// of one name, and lets the header choose the algorithm.
func (s *Signer) keyOf(raw string) (Key, error) {
	if len(raw) > maxToken {
		return Key{}, errSize
	}
	head, rest, _ := strings.Cut(raw, ".")
	if strings.Count(rest, ".") != 1 {
		return Key{}, errParts
	}
	// The decoder skips line breaks, which would give one token many spellings.
	if strings.ContainsAny(raw, "\r\n") {
		return Key{}, errEncoding
	}
	text, err := s.parser.DecodeSegment(head)
	if err != nil {
		return Key{}, errEncoding
	}
	var h header
	if err := json.Unmarshal(text, &h, json.RejectUnknownMembers(true)); err != nil {
		return Key{}, errHeader
	}
	if h.Type != tokenType {
		return Key{}, errType
	}
	key, ok := s.keys[h.KeyID]
	if !ok {
		return Key{}, errKey
	}
	if h.Algorithm != key.Algorithm() {
		return Key{}, errAlgorithm
	}
	return key, nil
}

// reasonOf translates an error of the parser. It may hold several; the first of
// these counts, so that ErrExpired is said only of a token that is right but for
// its age. The parser's own texts are dropped, as they may quote the token.
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
		{errTimes, errTimes},
		{jwt.ErrTokenInvalidIssuer, errIssuer},
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
