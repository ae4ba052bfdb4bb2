// Package captchatest computes the answer of an image challenge from its id and the secret,
// for tests. It does not spend the challenge. It repeats the layout of an id and does not
// import it from package captcha: a change of the layout makes all issued challenges invalid,
// and so fails tests. Only tests may import this package, which test/house checks.
package captchatest

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"

	"golang.org/x/crypto/chacha20"
)

// Answer opens the id of an image challenge: a version, 16 bytes of nonce, and an expiry, a kind and six
// digits under XChaCha20. A digit is the lower half of its byte: the upper halves may have the difficulty of
// a proof of work. It checks neither the tag nor the scope: with a wrong secret the answer is just random.
func Answer(secret []byte, id string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(raw) != 48 || raw[0] != 1 {
		return "", fmt.Errorf("captchatest: %q is not an id of version 1", id)
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
	var digits []byte
	for _, b := range plain[9:] {
		digits = append(digits, '0'+b&0x0f)
	}
	return string(digits), nil
}

// SoundProof solves the proof of work for the sound of a challenge, by its id alone: the salt is
// the beginning of a hash of the nonce. It returns "" for a text that is not an id.
func SoundProof(id string, zeros int) string {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(raw) != 48 {
		return ""
	}
	salt := sha256.Sum256(append([]byte("enroll captcha sound v1"), raw[1:17]...))
	proof, _ := Work(hex.EncodeToString(salt[:16]), zeros, 16) // the salt is hexadecimal
	return proof
}

// Work solves a proof of work as the contract describes it: for each puzzle the smallest
// counter, eight hexadecimal digits each.
func Work(salt string, zeros, puzzles int) (string, error) {
	block, err := hex.DecodeString(salt)
	if err != nil {
		return "", fmt.Errorf("captchatest: %w", err)
	}
	var answer []byte
	at := len(block)
	block = append(block, make([]byte, 8)...)
	for i := range uint32(puzzles) {
		binary.BigEndian.PutUint32(block[at:], i)
		for n := uint32(0); ; n++ {
			binary.BigEndian.PutUint32(block[at+4:], n)
			sum := sha256.Sum256(block)
			if bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:])) >= zeros {
				answer = binary.BigEndian.AppendUint32(answer, n)
				break
			}
		}
	}
	return hex.EncodeToString(answer), nil
}
