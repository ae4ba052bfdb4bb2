package webhook_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/enroll-project/enroll/internal/webhook"
)

// TestVerify: a request that the library of the standard has signed is accepted by each of the receiver's secrets, and
// refused if a part of it was changed, if it is old, and without its headers.
func TestVerify(t *testing.T) {
	t.Parallel()
	receiver, err := webhook.NewSigner(secret(24), secret(32))
	if err != nil {
		t.Fatal(err)
	}
	now, body := time.Unix(1796083200, 0), []byte(`{"a":"ü"}`)
	sign := func(secret string, at time.Time) http.Header {
		t.Helper()
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := signer.Sign("msg_1", at, body)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set("webhook-id", "msg_1")
		h.Set("webhook-timestamp", "1796083200")
		h.Set("webhook-signature", signature)
		return h
	}
	with := func(name, value string) http.Header {
		h := sign(secret(32), now)
		h.Set(name, value)
		return h
	}
	right := sign(secret(32), now).Get("webhook-signature")
	for name, c := range map[string]struct {
		header http.Header
		at     time.Time
		want   error
	}{
		"first secret": {sign(secret(24), now), now, nil}, "second secret": {sign(secret(32), now), now, nil},
		"last of several":     {with("webhook-signature", "v1a,x v1, v1,? "+right), now, nil},
		"as old as it may be": {sign(secret(32), now), now.Add(5 * time.Minute), nil},
		"as new as it may be": {sign(secret(32), now), now.Add(-5 * time.Minute), nil},
		"too old":             {sign(secret(32), now), now.Add(5*time.Minute + time.Second), webhook.ErrTime},
		"too new":             {sign(secret(32), now), now.Add(-5*time.Minute - time.Second), webhook.ErrTime},
		"another secret":      {sign(secret(64), now), now, webhook.ErrWrong},
		"another id":          {with("webhook-id", "msg_2"), now, webhook.ErrWrong},
		"another time":        {with("webhook-timestamp", "1796083201"), now, webhook.ErrWrong},
		"no number":           {with("webhook-timestamp", "now"), now, webhook.ErrWrong},
		"another version":     {with("webhook-signature", "v2"+right[2:]), now, webhook.ErrWrong},
		"half a signature":    {with("webhook-signature", right[:len(right)/2]), now, webhook.ErrWrong},
		"an empty signature":  {with("webhook-signature", "v1,"), now, webhook.ErrWrong},
		"no id":               {with("webhook-id", ""), now, webhook.ErrUnsigned},
		"no time":             {with("webhook-timestamp", ""), now, webhook.ErrUnsigned},
		"no signature":        {with("webhook-signature", ""), now, webhook.ErrUnsigned},
	} {
		if err := receiver.Verify(c.header, body, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := receiver.Verify(sign(secret(32), now), append(body, ' '), now); !errors.Is(err, webhook.ErrWrong) {
		t.Errorf("another body: %v", err)
	}
}
