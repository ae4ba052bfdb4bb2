package token

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// The PEM header that marks a key as one for development only.
const (
	purposeHeader      = "Enroll-Purpose"
	purposeDevelopment = "development"
)

// ParseKeys reads the keys of one PEM file, in their order: "PRIVATE KEY"
// (PKCS#8) signs and verifies, "PUBLIC KEY" (PKIX) only verifies; EC P-256
// gives ES256, Ed25519 gives EdDSA. Text around the blocks is passed over; a
// block that is damaged, of another type or of another kind of key is an error,
// as is a file without any.
func ParseKeys(file []byte) ([]Key, error) {
	// pem.Decode passes over a damaged block without a word, which would make a
	// key vanish.
	announced := bytes.Count(file, []byte("-----BEGIN "))
	var keys []Key
	for {
		block, rest := pem.Decode(file)
		if block == nil {
			break
		}
		key, err := parseBlock(block)
		if err != nil {
			return nil, fmt.Errorf("token: key %d of the PEM file: %w", len(keys)+1, err)
		}
		keys, file = append(keys, key), rest
	}
	switch {
	case len(keys) < announced:
		return nil, errors.New("token: the PEM file has a damaged block")
	case len(keys) == 0:
		return nil, errors.New("token: the PEM file has no key")
	}
	return keys, nil
}

func parseBlock(block *pem.Block) (key Key, err error) {
	switch block.Type {
	case "PRIVATE KEY":
		private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return Key{}, errors.New("not PKCS#8") // the parser's own text may cite bytes
		}
		key, err = newPrivateKey(private)
		if err != nil {
			return Key{}, err
		}
	case "PUBLIC KEY":
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return Key{}, errors.New("not PKIX")
		}
		key, err = newPublicKey(public)
		if err != nil {
			return Key{}, err
		}
	case "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return Key{}, fmt.Errorf("%q is not read: convert it with 'openssl pkcs8 -topk8 -nocrypt'", block.Type)
	default:
		return Key{}, errors.New("neither PRIVATE KEY nor PUBLIC KEY")
	}
	key.development = block.Headers[purposeHeader] == purposeDevelopment
	return key, nil
}

// GenerateKey returns a new ES256 key as a PEM file that [ParseKeys] reads. A
// key for development is marked so, in a header of the PEM block. The
// randomness is always the operating system's: since Go 1.26 crypto/ecdsa uses no other.
func GenerateKey(development bool) ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("token: generate a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("token: generate a key: %w", err)
	}
	block := &pem.Block{Type: "PRIVATE KEY", Bytes: der}
	if development {
		block.Headers = map[string]string{purposeHeader: purposeDevelopment}
	}
	return pem.EncodeToMemory(block), nil
}
