package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// minSecret is the least length of an HS256 secret, in bytes (RFC 7518 §3.2).
const minSecret = 32

// Key signs and verifies, or only verifies. It is immutable and safe for
// concurrent use, and prints as its algorithm and id.
//
// The keys are pointers, which fmt prints as addresses. In a private field of another struct,
// such as those of [Signer], fmt calls no method of Key.
type Key struct {
	id          string
	method      jwt.SigningMethod
	private     *any // the key type of method.Sign; nil if the key only verifies
	public      *any // the key type of method.Verify
	jwk         *jwk
	development bool
}

// ID is the key's kid. For an asymmetric key it is the JWK thumbprint (RFC 7638, SHA-256,
// base64url), for HS256 an HMAC that reveals nothing about the secret. It depends on the key alone,
// so all replicas give a key the same id.
func (k Key) ID() string { return k.id }

// Algorithm is "ES256", "EdDSA" or "HS256".
func (k Key) Algorithm() string { return k.method.Alg() }

// CanSign reports whether the key has its private part.
func (k Key) CanSign() bool { return k.private != nil }

// Development reports whether [GenerateKey] made the key for development only. The
// caller must refuse such a key in production.
func (k Key) Development() bool { return k.development }

// String returns the algorithm and the id, so that a key that is printed by mistake
// stays secret.
func (k Key) String() string {
	if k.method == nil { // the zero Key
		return "no key"
	}
	return k.Algorithm() + " key " + k.id
}

// Format writes String for every verb, so that a log never shows fields.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) } // check: token-key-printed

// LogValue returns String for slog.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// NewHS256 returns a key from a secret of at least 32 bytes, for verifiers that support
// only HS256. Each of them has the secret and can sign tokens, so prefer the other
// algorithms.
func NewHS256(secret []byte) (Key, error) {
	if len(secret) < minSecret { // check: token-secret-length
		return Key{}, errors.New("token: the HS256 secret is shorter than 32 bytes")
	}
	secret = slices.Clone(secret)
	fingerprint := hmac.New(sha256.New, secret)
	fingerprint.Write([]byte("enroll HS256 key id"))
	return Key{
		id:      base64.RawURLEncoding.EncodeToString(fingerprint.Sum(nil)),
		method:  jwt.SigningMethodHS256,
		private: new(any(secret)), // check: token-secret-published
		public:  new(any(secret)),
	}, nil
}

// errUnsupported reports a key of another kind. RSA is not supported: its tokens are
// longer, and signing is slower.
var errUnsupported = errors.New("neither EC P-256 nor Ed25519")

// newPrivateKey returns a key from the result of x509.ParsePKCS8PrivateKey.
func newPrivateKey(private any) (Key, error) {
	var key Key
	var err error
	switch private := private.(type) {
	case *ecdsa.PrivateKey:
		key, err = newPublicKey(&private.PublicKey)
	case ed25519.PrivateKey:
		key, err = newPublicKey(private.Public())
	default:
		err = errUnsupported
	}
	key.private = &private
	return key, err
}

// newPublicKey returns a key from the result of x509.ParsePKIXPublicKey.
func newPublicKey(public any) (Key, error) {
	key := Key{public: &public}
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() {
			return Key{}, errUnsupported
		}
		point, err := public.Bytes() // 0x04, X, Y (SEC 1 §2.3.3)
		if err != nil {
			return Key{}, err
		}
		key.method = jwt.SigningMethodES256
		key.jwk = &jwk{Type: "EC", Curve: "P-256", X: encode(point[1:33]), Y: encode(point[33:])}
	case ed25519.PublicKey:
		key.method = jwt.SigningMethodEdDSA
		key.jwk = &jwk{Type: "OKP", Curve: "Ed25519", X: encode(public)}
	default:
		return Key{}, errUnsupported
	}
	key.id = key.jwk.thumbprint()
	key.jwk.Use, key.jwk.Algorithm, key.jwk.ID = "sig", key.Algorithm(), key.id
	return key, nil
}

// encode is base64url without padding, which JOSE uses throughout (RFC 7515 §2).
func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
