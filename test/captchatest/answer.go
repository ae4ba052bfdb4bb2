// Package captchatest promises tests the answer of any image challenge whose secret
// they know, without spending it. It has the layout of an id in its own words, so that
// a change of that layout, which makes the challenges in flight worthless, does not go
// unnoticed. Nothing but a test may import it: test/house sees to that.
package captchatest

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/chacha20"
)

// Answer opens the id of an image challenge: a version, 16 bytes of nonce, and an
// expiry, a kind and six digits under XChaCha20. It looks neither at the tag nor at
// the scope, which it need not know: a wrong secret gives six bytes of noise.
func Answer(secret []byte, id string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(raw) != 48 || raw[0] != 1 {
		return "", fmt.Errorf("captchatest: %q is no id of version 1", id)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "enroll captcha seal v1", chacha20.KeySize)
	if err != nil {
		return "", fmt.Errorf("captchatest: %w", err)
	}
	var nonce [chacha20.NonceSizeX]byte
	copy(nonce[:], raw[1:17])
	stream, err := chacha20.NewUnauthenticatedCipher(key, nonce[:])
	if err != nil {
		return "", fmt.Errorf("captchatest: %w", err)
	}
	stream.SetCounter(1) // block 0 is Poly1305's key (RFC 8439, section 2.8)
	var plain [15]byte
	stream.XORKeyStream(plain[:], raw[17:32])
	return string(plain[9:]), nil
}
