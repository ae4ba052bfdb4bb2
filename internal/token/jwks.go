package token

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// jwk is a public key as RFC 7517 writes it. The order of the fields is the
// order in which they are published.
type jwk struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y,omitempty"` // EC only
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
}

// thumbprint is RFC 7638's, for OKP with the members of RFC 8037 §2: the
// required members only, in the order of their names, without white space. All values
// are base64url or our own words, so that none needs escaping.
func (k *jwk) thumbprint() string {
	text := fmt.Sprintf(`{"crv":%q,"kty":%q,"x":%q}`, k.Curve, k.Type, k.X)
	if k.Y != "" {
		text = fmt.Sprintf(`{"crv":%q,"kty":%q,"x":%q,"y":%q}`, k.Curve, k.Type, k.X, k.Y)
	}
	sum := sha256.Sum256([]byte(text))
	return encode(sum[:])
}

// newJWKS writes the set of all public keys, in the order of the keys. HS256
// keys have no public part and are left out.
func newJWKS(keys []Key) ([]byte, error) {
	set := struct {
		Keys []*jwk `json:"keys"`
	}{Keys: []*jwk{}} // "keys" is required and an array, even if empty (RFC 7517 §5)
	for _, key := range keys {
		if key.jwk != nil {
			set.Keys = append(set.Keys, key.jwk)
		}
	}
	return json.Marshal(set)
}
