package receipt

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/enroll-project/enroll/internal/smscount"
	"github.com/enroll-project/enroll/internal/webhook"
)

// Webhook returns the provider of receipts from the operator's own service, to which the sender webhook posts its
// messages. The secret is the same in both directions; the type of the body tells the directions apart.
func Webhook(secret string, now func() time.Time) (Provider, error) {
	// The error does not quote the secret.
	signer, err := webhook.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	return receiver{signer, now}, nil
}

type receiver struct {
	signer webhook.Signer
	now    func() time.Time
}

func (receiver) keyed() bool    { return false }
func (receiver) answer() string { return "" }

// verify checks the three headers of Standard Webhooks.
func (v receiver) verify(r *http.Request, body []byte) error {
	switch err := v.signer.Verify(r.Header, body, v.now()); {
	case errors.Is(err, webhook.ErrUnsigned):
		return errUnsigned
	// A recorded request is good for five minutes, and a repetition within them is not counted.
	case errors.Is(err, webhook.ErrTime):
		return errOld
	case err != nil:
		return errSignature
	}
	return nil
}

// read reads an sms.receipt. The id of the message is the webhook-id of the request that had the message.
func (receiver) read(body []byte) ([]report, error) {
	var event struct {
		Type string `json:"type"`
		Data struct {
			MessageID string `json:"message_id"`
			Phone     string `json:"phone"`
			Status    string `json:"status"`
		} `json:"data"`
	}
	// A message that Enroll has sent itself has a right signature, too, and could be recorded and sent back.
	// check: receipt-type
	if json.Unmarshal(body, &event) != nil || event.Type != "sms.receipt" || event.Data.MessageID == "" {
		return nil, errors.New("receipt: no sms.receipt")
	}
	// The words are those of the metric, so that an operator's service maps the words of its own provider once.
	one := report{id: event.Data.MessageID, phone: event.Data.Phone, word: event.Data.Status}
	switch event.Data.Status {
	case "sent": // on its way: the last word follows
	case string(smscount.Delivered), string(smscount.RecipientFailed), string(smscount.NotDelivered):
		one.delivery = smscount.Delivery(event.Data.Status)
	default:
		one.delivery = smscount.Unknown
	}
	return []report{one}, nil
}
