package token

import (
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json"
)

const (
	// maxToken bounds, in bytes, what is looked at. Ours are under 1,500.
	maxToken = 4096

	tokenType = "JWT"
)

// encoding is base64url without padding; Strict refuses stray trailing bits.
var encoding = base64.RawURLEncoding.Strict()

// header is the JOSE header of a token, the same in reading and writing.
type header struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
}

// Parse returns what a token says, if it is to be accepted now; otherwise
// [ErrExpired] or an error that wraps [ErrInvalid]. Nothing in a token is
// believed before its signature has been verified, but for the key's id, which
// only chooses among our own keys.
//
// Whether the user still exists and may log in is the caller's to find out.
func (s *Signer) Parse(raw string) (Claims, error) {
	if len(raw) > maxToken {
		return Claims{}, errSize
	}
	text, err := s.verify(raw)
	if err != nil {
		return Claims{}, err
	}
	p, claims, err := parsePayload(text)
	if err != nil {
		return Claims{}, err
	}
	switch now := s.now(); {
	case *p.Issuer != s.issuer:
		return Claims{}, errIssuer
	case *p.Audience != s.audience:
		return Claims{}, errAudience
	case claims.IssuedAt.After(now.Add(Leeway)):
		return Claims{}, errFuture
	case claims.NotBefore.After(now.Add(Leeway)):
		return Claims{}, errNotYet
	case !now.Before(claims.ExpiresAt.Add(Leeway)):
		return Claims{}, ErrExpired
	}
	return claims, nil
}

// verify checks the header and the signature and returns the payload, which is
// ours from then on, though perhaps old.
func (s *Signer) verify(raw string) ([]byte, error) {
	head, rest, _ := strings.Cut(raw, ".")
	body, tail, ok := strings.Cut(rest, ".")
	if !ok || strings.Contains(tail, ".") {
		return nil, errParts
	}
	// The decoder skips line breaks, which would give one token many spellings.
	if strings.ContainsAny(raw, "\r\n") {
		return nil, errEncoding
	}
	headText, err1 := encoding.DecodeString(head)
	bodyText, err2 := encoding.DecodeString(body)
	signature, err3 := encoding.DecodeString(tail)
	if err1 != nil || err2 != nil || err3 != nil {
		return nil, errEncoding
	}
	var h header
	if err := json.Unmarshal(headText, &h, json.RejectUnknownMembers(true)); err != nil {
		return nil, errHeader
	}
	if h.Type != tokenType {
		return nil, errType
	}
	key, ok := s.keys[h.KeyID]
	if !ok {
		return nil, errKey
	}
	if h.Algorithm != key.Algorithm() {
		return nil, errAlgorithm
	}
	if err := key.method.Verify(raw[:len(head)+1+len(body)], signature, key.public); err != nil {
		return nil, errSignature
	}
	return bodyText, nil
}
