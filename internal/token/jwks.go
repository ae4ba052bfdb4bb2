package token

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// jwk is a public key in the form of RFC 7517. Its fields are published in this order.
type jwk struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y,omitempty"` // EC only
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
}

// thumbprint is the hash of RFC 7638, for OKP with the members of RFC 8037 §2: the
// required members only, in the order of their names, without white space. All values
// are base64url or constants, so none needs escaping.
func (k *jwk) thumbprint() string {
	text := fmt.Sprintf(`{"crv":%q,"kty":%q,"x":%q}`, k.Curve, k.Type, k.X)
	if k.Y != "" {
		text = fmt.Sprintf(`{"crv":%q,"kty":%q,"x":%q,"y":%q}`, k.Curve, k.Type, k.X, k.Y)
	}
	sum := sha256.Sum256([]byte(text))
	return encode(sum[:])
}

// newJWKS writes the set of all public keys, in the order of the keys. It leaves out
// HS256 keys, which are secret.
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
