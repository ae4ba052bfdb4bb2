package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how much the time of a request may differ from the clock of its receiver (Standard Webhooks 1.0.0).
const Tolerance = 5 * time.Minute

// The errors of Verify.
var (
	ErrUnsigned = errors.New("webhook: a header of the signature is missing or empty")
	ErrTime     = errors.New("webhook: the time of the request is not within the tolerance")
	ErrWrong    = errors.New("webhook: the signature is wrong")
)

// Verify is the receiver's side of Sign, for requests that the operator's own program sends back.
// It does not remember ids: a request that is sent twice within the tolerance is accepted twice, and a caller for which
// that matters has to recognize it.
//
// Verify returns nil if one of the secrets has signed the request within the [Tolerance] before or after now. It
// returns ErrTime only for a request whose signature is right: others learn nothing about the clock.
func (s Signer) Verify(h http.Header, body []byte, now time.Time) error {
	// A header that is sent twice has one meaning here, that of its first line, which is the one that is verified.
	id, seconds, signatures := h.Get("webhook-id"), h.Get("webhook-timestamp"), h.Get("webhook-signature")
	if id == "" || seconds == "" || signatures == "" {
		return ErrUnsigned
	}
	if !s.signed(id, seconds, body, signatures) { // check: webhook-verified
		return ErrWrong
	}
	// The text was signed as it is, so it needs no canonical form.
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || now.Sub(time.Unix(at, 0)).Abs() > Tolerance { // check: webhook-age
		return ErrTime
	}
	return nil
}

// signed reports whether one of the signatures is that of one of the keys. Signatures of other versions are skipped.
func (s Signer) signed(id, seconds string, body []byte, signatures string) bool {
	// Headers are bounded by the server, and so is the number of signatures.
	// While a receiver changes its secret, a sender signs with the old one and with the new one.
	for one := range strings.SplitSeq(signatures, " ") {
		version, encoded, _ := strings.Cut(one, ",")
		sent, err := base64.StdEncoding.DecodeString(encoded)
		if version != "v1" || err != nil {
			continue
		}
		// Equal compares in a time that does not depend on where the texts differ, also if their lengths do.
		for _, key := range s.keys {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(id + "." + seconds + "."))
			mac.Write(body)
			if hmac.Equal(mac.Sum(nil), sent) {
				return true
			}
		}
	}
	return false
}
