package webhook_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/webhook"
)

var updateVectors = flag.Bool("update", false, "write test/webhooks.json instead of comparing it")

// vector is a request to a receiver, and what the verifier of an SDK makes of it.
type vector struct {
	Name      string            `json:"name"`
	Secrets   []string          `json:"secrets"`
	Now       int64             `json:"now"`       // the receiver's clock, in Unix seconds
	Tolerance int               `json:"tolerance"` // in seconds
	Headers   map[string]string `json:"headers"`
	Body      []byte            `json:"body"`             // base64 in JSON
	Blanks    int               `json:"blanks,omitempty"` // that follow the body
	// Problem is the one of the error, or empty if Event is what the verifier returns.
	Problem string         `json:"problem,omitempty"`
	Event   map[string]any `json:"event,omitempty"`
}

const vectorTime = 1796083200

// signed returns a request that each of the secrets has signed, and that a receiver with the same secrets accepts at
// the same moment.
func signed(t *testing.T, name, body string, blanks int, secrets ...string) vector {
	t.Helper()
	signer, err := webhook.NewSigner(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	h, id := http.Header{}, "evt_1_1000_2_743"
	signer.Sign(h, id, time.Unix(vectorTime, 0), []byte(body+strings.Repeat(" ", blanks)))
	v := vector{Name: name, Secrets: secrets, Now: vectorTime, Tolerance: 300, Body: []byte(body), Blanks: blanks,
		Headers: map[string]string{}}
	for header := range h {
		v.Headers[strings.ToLower(header)] = h.Get(header)
	}
	return v
}

// body returns the body of an event. more are members of the data.
func body(kind, fields, more string) string {
	return fmt.Sprintf(`{"type":%q,"timestamp":"2026-12-01T00:00:00.118204Z","data":{"id":4711,"site_id":1,`+
		`"user_id":1000,"seq":2,"fields":[%s]%s}}`, kind, fields, more)
}

// returns expects the event of body.
func (v vector) returns(kind string, fields ...string) vector {
	v.Event = map[string]any{"webhook_id": v.Headers["webhook-id"], "type": kind, "time": 1796083200118, "id": 4711,
		"site_id": 1, "user_id": 1000, "seq": 2, "fields": append([]string{}, fields...)}
	return v
}

// fails expects a problem, after a change of the request.
func (v vector) fails(problem, name string, change func(*vector)) vector {
	headers := map[string]string{}
	for header, value := range v.Headers {
		headers[header] = value
	}
	v.Name, v.Problem, v.Event, v.Headers, v.Body = name, problem, nil, headers, bytes.Clone(v.Body)
	if change != nil {
		change(&v)
	}
	return v
}

// takes is fails for a change that a receiver accepts.
func (v vector) takes(name string, change func(*vector)) vector {
	e := v.Event
	v = v.fails("", name, change)
	v.Event = e
	return v
}

// vectors returns requests that the signer has signed, and hostile ones.
func vectors(t *testing.T) (all []vector) {
	old, fresh, other := secret(24), secret(32), secret(64)
	for _, kind := range event.Types() {
		if kind != event.Updated {
			all = append(all, signed(t, string(kind), body(string(kind), "", ""), 0, fresh).returns(string(kind)))
		}
	}
	updated := signed(t, "user.updated", body("user.updated", `"email","email_verified"`, ""), 0, fresh).
		returns("user.updated", "email", "email_verified")
	later := signed(t, "a type, a field and members of a later version",
		body("user.renamed", `"nüm"`, `,"later":{"ü":[1,null]}`), 0, fresh).returns("user.renamed", "nüm")
	rotated := signed(t, "two secrets have signed", body("user.deleted", "", ""), 0, old, fresh).returns("user.deleted")
	all = append(all, updated, later, rotated,
		rotated.takes("the receiver has the old secret only", func(v *vector) { v.Secrets = []string{old} }),
		rotated.takes("the receiver has the new secret only", func(v *vector) { v.Secrets = []string{fresh} }),
		rotated.takes("the receiver has another secret, too", func(v *vector) { v.Secrets = []string{other, fresh} }),
		updated.takes("the right signature is the last of many", func(v *vector) {
			wrong := "v1,g0hM9SsE+OTPJTt/tmKtSyEFiJ7BOk7oHlmRJ5w5+qs= "
			v.Headers["webhook-signature"] = "v1a,x v2,x , v1, " + strings.Repeat(wrong, 40) + v.Headers["webhook-signature"]
		}),
		updated.takes("as old as the tolerance", func(v *vector) { v.Now += 300 }),
		updated.takes("as new as the tolerance", func(v *vector) { v.Now -= 300 }),
		updated.takes("a larger tolerance", func(v *vector) { v.Now += 3600; v.Tolerance = 3600 }),
		signed(t, "a body of a mebibyte", body("user.deleted", "", ""), 1<<20-len(body("user.deleted", "", "")), fresh).
			returns("user.deleted"))
	return append(all, hostile(t, updated, other)...)
}

// hostile returns requests that a receiver refuses. right is one that it accepts.
func hostile(t *testing.T, right vector, other string) (all []vector) {
	set := func(header, value string) func(*vector) { return func(v *vector) { v.Headers[header] = value } }
	signature := right.Headers["webhook-signature"]
	for _, header := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		all = append(all, right.fails("header_missing", header+" is empty", set(header, "")),
			right.fails("header_missing", "no "+header, func(v *vector) { delete(v.Headers, header) }))
	}
	for _, sent := range []string{"+1796083200", "-1", "1796083200.0", "0x6b0dc180", "١٧٩٦٠٨٣٢٠٠", "1796083200000", "now",
		"1 "} {
		all = append(all, right.fails("header_invalid", "the time is "+sent, set("webhook-timestamp", sent)))
	}
	for _, sign := range []string{
		"v1", "v1,", "v1," + "ü", "v1a" + signature[2:], signature[3:], "V1" + signature[2:], signature[:len(signature)-1],
		signature + "=", signature + "A", strings.ToLower(signature), "v1, " + signature[3:], signature[:10],
		strings.ReplaceAll(signature, ",", ",,"), signature[:len(signature)-2] + "B=", " ",
	} {
		all = append(all, right.fails("signature_invalid", "the signature is "+sign, set("webhook-signature", sign)))
	}
	all = append(all,
		right.fails("header_invalid", "the id is not ASCII", set("webhook-id", "evt_ü")),
		right.fails("header_invalid", "the id has a blank", set("webhook-id", "evt 1")),
		right.fails("timestamp_too_old", "a recording", func(v *vector) { v.Now += 301 }),
		right.fails("timestamp_too_old", "a smaller tolerance", func(v *vector) { v.Now += 11; v.Tolerance = 10 }),
		right.fails("timestamp_too_new", "from the future", func(v *vector) { v.Now -= 301 }),
		right.fails("signature_invalid", "another time", set("webhook-timestamp", "1796083201")),
		right.fails("signature_invalid", "another id", set("webhook-id", "evt_1_1000_3_743")),
		right.fails("signature_invalid", "another secret", func(v *vector) { v.Secrets = []string{other} }),
		right.fails("signature_invalid", "a changed byte", func(v *vector) { v.Body[9] ^= 1 }),
		right.fails("signature_invalid", "a byte more", func(v *vector) { v.Blanks = 1 }),
		right.fails("signature_invalid", "no body", func(v *vector) { v.Body = []byte{} }),
		right.fails("body_too_large", "a body of 16 MiB", func(v *vector) { v.Blanks = 16 << 20 }))
	for _, text := range []string{
		"", "null", "[]", "{}", `"user.deleted"`, `{"test": 2432232314}`, body("", "", ""), body("user.deleted", "1", ""),
		body("user.deleted", "null", ""), body("user.deleted", "\"\xff\"", ""), body("user.deleted", "", "") + "x",
		strings.Replace(body("user.deleted", "", ""), "1000", `"1000"`, 1),
		strings.Replace(body("user.deleted", "", ""), "1000", "1000.5", 1),
		strings.Replace(body("user.deleted", "", ""), `"seq":2,`, "", 1),
		strings.Replace(body("user.deleted", "", ""), "2026-12-01T", "tomorrow", 1),
		strings.Repeat("[", 50_000),
	} {
		v := signed(t, "", text, 0, right.Secrets...)
		name := "signed, but no event: " + strings.ToValidUTF8(text[:min(len(text), 120)], "?")
		all = append(all, v.fails("body_invalid", name, nil))
	}
	return all
}

// TestVectors: test/webhooks.json is what the signer makes of these requests. Each SDK plays the file.
func TestVectors(t *testing.T) {
	t.Parallel()
	all := vectors(t)
	// A request of the standard's own libraries. Its body is no event, so the problem shows that the signature is right.
	standard := vector{Name: "the vector of Standard Webhooks",
		Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
		Now:     1614265330, Tolerance: 300, Body: []byte(`{"test": 2432232314}`), Problem: "body_invalid",
		Headers: map[string]string{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
			"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(map[string]any{"vectors": append(all, standard), "types": event.Types(),
		"bad_secrets": []string{"", "whsec_", secret(23), secret(65), secret(32)[6:], secret(32) + " ", "whsec_" +
			strings.Repeat("ü", 32), secret(32)[:len(secret(32))-1], strings.Replace(secret(32), "/", "_", 1),
			strings.Replace(secret(32), "4=", "5=", 1)}}); err != nil {
		t.Fatal(err)
	}
	const file = "../../test/webhooks.json"
	if *updateVectors {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, out.Bytes()) {
		t.Errorf("%s is another one: go test ./internal/webhook -run TestVectors -update", file)
	}
}
