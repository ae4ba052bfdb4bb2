package receipt

import (
	"crypto/hmac"
	"crypto/sha1" // the hash of Twilio's signatures
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/enroll-project/enroll/internal/smscount"
)

// maxFields is the number of fields of a callback of Twilio, which are sorted before the signature is verified. Twilio
// sends about 15, and may add some.
const maxFields = 200

// Twilio returns the provider of status callbacks of Twilio's Messages resource. token is the auth token of the
// account, by which Twilio signs also if the messages were sent with an API key. public is the URL that Twilio was
// asked to call, which the signature covers. It cannot be read from the request, since a proxy may have changed it.
func Twilio(token, public string) Provider { return twilio{token, public} }

type twilio struct{ token, url string }

func (twilio) keyed() bool    { return false }
func (twilio) answer() string { return "" }

// verify checks X-Twilio-Signature as "Webhooks security" of Twilio's documentation says: HMAC-SHA1 of the URL and of
// the fields in the order of their names. It covers neither a time nor a nonce: the stored ids of messages bound
// repetitions.
func (t twilio) verify(r *http.Request, body []byte) error {
	// Twilio may also sign with HMAC-SHA256 and a key of the operator's choice; that is not supported, and is refused.
	header := r.Header.Get("X-Twilio-Signature")
	if header == "" {
		return errUnsigned
	}
	sent, err := base64.StdEncoding.DecodeString(header)
	if err != nil || strings.Count(string(body), "&") >= maxFields {
		return errSignature
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !hmac.Equal(sent, twilioSignature(t.token, t.url, form)) { // check: receipt-twilio
		return errSignature
	}
	return nil
}

// twilioSignature returns the signature of a URL and a form. The values of a field that occurs several times are
// sorted, and equal ones count once, as in Twilio's own libraries.
func twilioSignature(token, public string, form url.Values) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(public))
	// Names are sorted by their bytes. Twilio adds fields from time to time, so all are signed, also unknown ones.
	var names []string
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			mac.Write([]byte(name + value))
		}
	}
	return mac.Sum(nil)
}

// read reads a callback. The fields are those of "Track outbound message status" and of the Messages resource.
func (t twilio) read(body []byte) ([]report, error) {
	// verify has parsed the same body, so an error is not expected here.
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("MessageSid") == "" {
		return nil, errors.New("receipt: no callback of a message")
	}
	// SmsSid and SmsStatus repeat the same values under older names. To has the phone, and the text is not sent.
	status, reason := form.Get("MessageStatus"), form.Get("ErrorCode")
	one := report{id: form.Get("MessageSid"), phone: form.Get("To"), word: status}
	switch status {
	// Some carriers confirm that they have taken a message, and not that the phone has it.
	case "delivered", "read":
		one.delivery = smscount.Delivered
	case "undelivered", "failed", "canceled":
		one.delivery = smscount.NotDelivered
		if twilioBlamesPhone(reason) { // check: receipt-recipient
			one.delivery = smscount.RecipientFailed
		}
	case "accepted", "scheduled", "queued", "sending", "sent": // the last word follows, if the carrier has one
	default:
		one.delivery = smscount.Unknown
	}
	return []report{one}, nil
}

// twilioBlamesPhone reports whether a code of the Error and Warning Dictionary says that the phone gets no SMS, now and
// later: no mobile number, out of service, a landline, opted out. 30003 is not among them: the phone may only be off.
func twilioBlamesPhone(code string) bool {
	switch code {
	case "21211", "21610", "21614", "30005", "30006":
		return true
	}
	return false
}
