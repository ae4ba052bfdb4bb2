package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/sdk/go"
)

// TestEventVerifier: the verifier returns the events of test/webhooks.json, and its errors, and takes no bad secret.
func TestEventVerifier(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../webhooks.json")
	if err != nil {
		t.Fatal(err)
	}
	var book struct {
		Vectors []struct {
			Name      string
			Secrets   []string
			Now       int64
			Tolerance time.Duration
			Headers   map[string]string
			Body      []byte
			Blanks    int
			Problem   enroll.EventProblem
			Event     json.RawMessage
		}
		Types      []enroll.EventType
		BadSecrets []string `json:"bad_secrets"`
	}
	if err := json.Unmarshal(raw, &book); err != nil {
		t.Fatal(err)
	}
	for _, c := range book.Vectors {
		v, err := enroll.NewEventVerifier(c.Secrets...)
		if err != nil {
			t.Fatal(err)
		}
		v.Tolerance, v.Now = c.Tolerance*time.Second, func() time.Time { return time.Unix(c.Now, 0) }
		h := http.Header{}
		for name, value := range c.Headers {
			h.Set(name, value)
		}
		body := append(c.Body, bytes.Repeat([]byte(" "), c.Blanks)...)
		e, err := v.Verify(h, body)
		if c.Problem != "" {
			var no *enroll.EventError
			if !errors.As(err, &no) || no.Problem != c.Problem || e != nil {
				t.Errorf("%s: %v %v, want %s", c.Name, e, err, c.Problem)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		got, _ := json.Marshal(map[string]any{"webhook_id": e.WebhookID, "type": e.Type, "time": e.Time.UnixMilli(),
			"id": e.ID, "site_id": e.SiteID, "user_id": e.UserID, "seq": e.Seq, "fields": e.Fields})
		var want bytes.Buffer
		if err := json.Compact(&want, c.Event); err != nil || want.String() != string(got) || !bytes.Equal(e.Raw, body) {
			t.Errorf("%s: %s, want %s, %v", c.Name, got, &want, err)
		}
		if known := !strings.Contains(c.Name, "later version"); e.Type.Valid() != known {
			t.Errorf("%s: the type is valid: %v", c.Name, !known)
		}
	}
	for _, kind := range book.Types {
		if !kind.Valid() {
			t.Errorf("%s is no known type", kind)
		}
	}
	for _, secret := range append(book.BadSecrets, "\n"+book.Vectors[0].Secrets[0]) {
		_, err := enroll.NewEventVerifier(secret)
		if err == nil || len(secret) > 8 && strings.Contains(err.Error(), secret[8:]) {
			t.Errorf("%q: %v", secret, err)
		}
	}
	if _, err := enroll.NewEventVerifier(); err == nil {
		t.Error("a verifier without a secret")
	}
}

// TestConstantTime: each SDK compares signatures by the function of its platform that takes the same time for each
// wrong one, and by no other; in TypeScript, where Web Crypto has none, by all characters. No run can show that, so the
// test reads the sources.
func TestConstantTime(t *testing.T) {
	t.Parallel()
	for file, by := range map[string]string{
		"go/event.go":             "if hmac.Equal([]byte(one), want) {",
		"typescript/src/event.ts": "difference |= one.charCodeAt(i) ^ other.charCodeAt(i);\n  return difference === 0;",
		"python/enroll/event.py":  `right |= hmac.compare_digest(one.encode("utf-8", "replace"), want)`,
		"java/src/main/java/io/github/enrollproject/EventVerifier.java": "right |= MessageDigest.isEqual(" +
			"one.getBytes(StandardCharsets.UTF_8), want);",
	} {
		source, err := os.ReadFile("../../../tools/sdk/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(source), by) != 1 {
			t.Errorf("%s does not compare by %s", file, by)
		}
	}
}
