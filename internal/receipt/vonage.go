package receipt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/enroll-project/enroll/internal/smscount"
)

// Bounds of the age of a token of Vonage. Vonage repeats a request for a day, and does not say whether with a new
// token. A recorded request of this age is a repetition: its message is stored for smscount.KeepReceipts days.
const (
	maxTokenAge   = 25 * time.Hour
	maxTokenAhead = 5 * time.Minute
)

// Vonage returns the provider of status webhooks of Vonage's Messages API. secret is the signature secret of the
// account, and application the id of the application that sends. now is compared with the time of a token.
//
// The older SMS API signs in another way, by a field of its body. Its receipts are refused: by it nothing is sent.
func Vonage(secret, application string, now func() time.Time) Provider {
	return vonage{secret, application, now}
}

type vonage struct {
	secret, application string
	now                 func() time.Time
}

func (vonage) keyed() bool    { return false }
func (vonage) answer() string { return "" }

// vonageClaims are the claims that are read. Hash is the SHA-256 of the body in hexadecimal digits.
type vonageClaims struct {
	jwt.RegisteredClaims
	Application string `json:"application_id"`
	Hash        string `json:"payload_hash"`
}

// verify checks the token in the header Authorization as "Signed webhooks" of Vonage's documentation says, and its hash
// of the body, which the documentation leaves to the receiver: without it, a token would be good for any body.
func (v vonage) verify(r *http.Request, body []byte) error {
	// An unsigned request is refused with 401. Vonage's document says that it may send some after an error of its own;
	// these receipts are lost.
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return errUnsigned
	}
	var claims vonageClaims
	key := func(*jwt.Token) (any, error) { return []byte(v.secret), nil }
	// The method is fixed, so that a token without a signature is refused, too.
	_, err := jwt.ParseWithClaims(token, &claims, key, jwt.WithValidMethods([]string{"HS256"}), // check: receipt-vonage
		jwt.WithTimeFunc(v.now), jwt.WithoutClaimsValidation())
	// The hash is that of the body as it was sent, so the body is not parsed before.
	sum := sha256.Sum256(body)
	switch {
	case err != nil:
		return errSignature
	// check: receipt-vonage-body
	case !hmac.Equal([]byte(strings.ToLower(claims.Hash)), []byte(hex.EncodeToString(sum[:]))):
		return errSignature
	// One secret signs for all applications of an account. Messages of the others are not ours.
	case claims.Application != "" && claims.Application != v.application: // check: receipt-vonage-application
		return errSignature
	// Without a time a recorded request would be good for ever.
	case claims.IssuedAt == nil:
		return errOld
	}
	// check: receipt-vonage-age
	if age := v.now().Sub(claims.IssuedAt.Time); age > maxTokenAge || age < -maxTokenAhead {
		return errOld
	}
	return nil
}

// read reads a status. The words are those of "Messages API Status Callbacks", the codes those of "API Errors".
func (vonage) read(body []byte) ([]report, error) {
	// The member usage has the price. It is not read: what messages cost is counted by the table of prices.
	var status struct {
		MessageUUID string `json:"message_uuid"`
		To          string `json:"to"`
		Status      string `json:"status"`
		Error       struct {
			Type string `json:"type"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &status) != nil || status.MessageUUID == "" {
		return nil, errors.New("receipt: no status of a message")
	}
	one := report{id: status.MessageUUID, phone: "+" + strings.TrimPrefix(status.To, "+"), word: status.Status}
	switch status.Status {
	case "delivered", "read":
		one.delivery = smscount.Delivered
	case "rejected", "undeliverable":
		one.delivery = smscount.NotDelivered
		// Barred, not valid, opted out, as when the message is sent.
		switch _, code, _ := strings.Cut(status.Error.Type, "#"); code {
		case "1050", "1170", "1240":
			one.delivery = smscount.RecipientFailed
		}
	case "submitted": // the last word follows
	default:
		one.delivery = smscount.Unknown
	}
	return []report{one}, nil
}
