package webhook_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/enroll-project/enroll/internal/webhook"
)

// secret returns a secret of n bytes, whose base64 has characters of each kind.
func secret(n int) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfe}, n))
}

// TestSign: the library of the standard accepts a request, and refuses it if its id, its time or its body was changed.
func TestSign(t *testing.T) {
	t.Parallel()
	for _, n := range []int{24, 32, 64} {
		signer, err := webhook.NewSigner(secret(n))
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := standardwebhooks.NewWebhook(secret(n))
		if err != nil {
			t.Fatal(err)
		}
		id, err := webhook.NewID(bytes.NewReader(make([]byte, 16)))
		if err != nil || id != "msg_"+strings.Repeat("0", 32) {
			t.Fatal(id, err)
		}
		body := []byte(`{"a":"ü"}`)
		h := http.Header{}
		signer.Sign(h, id, time.Now(), body)
		if err := verifier.Verify(body, h); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
		if verifier.Verify(append(body, ' '), h) == nil {
			t.Errorf("%d bytes: the body is not signed", n)
		}
		for name, other := range map[string]string{
			"webhook-id": id + "0", "webhook-timestamp": h.Get("webhook-timestamp")[:9] + "x",
		} {
			changed := h.Clone()
			changed.Set(name, other)
			if verifier.Verify(body, changed) == nil {
				t.Errorf("%d bytes: %s is not signed", n, name)
			}
		}
	}
}

// TestBadSecrets: a secret that the specification does not allow is refused, and not quoted.
func TestBadSecrets(t *testing.T) {
	t.Parallel()
	canary := base64.StdEncoding.EncodeToString([]byte("canary canary canary canary 1234"))
	for name, bad := range map[string]string{
		"none": "", "no prefix": canary, "other prefix": "whpk_" + canary, "23 bytes": secret(23), "65 bytes": secret(65),
		"no base64":  "whsec_canary!canary!canary!canary!canary",
		"no padding": strings.TrimRight("whsec_"+canary, "="),
	} {
		if _, err := webhook.NewSigner(bad); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), canary[:8]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoRandomness: without randomness there is no id.
func TestNoRandomness(t *testing.T) {
	t.Parallel()
	if id, err := webhook.NewID(iotest.ErrReader(errors.New("broken"))); err == nil {
		t.Error(id)
	}
}

// TestSeveralSecrets: a receiver of each secret accepts a request, and one of another secret does not. There is no
// signer without a secret.
func TestSeveralSecrets(t *testing.T) {
	t.Parallel()
	signer, err := webhook.NewSigner(secret(24), secret(32))
	if err != nil {
		t.Fatal(err)
	}
	h, body := http.Header{}, []byte("{}")
	signer.Sign(h, "evt_1", time.Now(), body)
	for n, want := range map[int]bool{24: true, 32: true, 64: false} {
		verifier, err := standardwebhooks.NewWebhook(secret(n))
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify(body, h); (err == nil) != want {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := webhook.NewSigner(); err == nil {
		t.Error("a signer without a secret")
	}
	if _, err := webhook.NewSigner(secret(24), secret(23)); err == nil {
		t.Error("a short second secret")
	}
}
