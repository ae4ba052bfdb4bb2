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

// ParseKeys reads the keys of one PEM file, in their order. A "PRIVATE KEY" (PKCS#8)
// signs and verifies, a "PUBLIC KEY" (PKIX) only verifies. An EC P-256 key is for
// ES256, an Ed25519 key for EdDSA. Text around the blocks is ignored. It is an error if
// a block is damaged, of another type or of another kind of key, or if the file has no block.
func ParseKeys(file []byte) ([]Key, error) {
	// pem.Decode skips a damaged block without an error. Tokens of its key would then be
	// refused without a reason that the operator sees.
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

// parseBlock reads the key of one block.
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
	// Some commands of openssl write these types. The error names the command that converts them.
	case "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return Key{}, fmt.Errorf("%q is not read: convert it with 'openssl pkcs8 -topk8 -nocrypt'", block.Type)
	default:
		return Key{}, errors.New("neither PRIVATE KEY nor PUBLIC KEY")
	}
	key.development = block.Headers[purposeHeader] == purposeDevelopment
	return key, nil
}

// GenerateKey returns a new ES256 key as a PEM file that [ParseKeys] reads. A header of
// the PEM block marks a key for development. The randomness is the operating system's:
// since Go 1.26 crypto/ecdsa uses no other.
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
