//go:build docs

package docs

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/sms"
)

// post is an SMS of Enroll as a receiver gets it.
type post struct {
	Header map[string]string
	Body   string
}

// newPost makes Enroll send a code. It returns its post and what a receiver should print of it.
func newPost(t *testing.T, s stage) (post, string) {
	t.Helper()
	status, answer := ask(t, http.MethodPost, s.enroll+"/api/verify/phone", `{"phone":"13900139000"}`,
		map[string]string{"Content-Type": "application/json"})
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	var sent post
	_, answer = ask(t, http.MethodGet, s.url+"/post", "", nil)
	if err := json.Unmarshal([]byte(answer), &sent); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	var event struct{ Data struct{ Phone, Code string } }
	if err := json.Unmarshal([]byte(sent.Body), &event); err != nil || event.Data.Code == "" {
		t.Fatalf("%v: %s", err, sent.Body)
	}
	return sent, "SMS to " + event.Data.Phone + ": " + event.Data.Code
}

// sameShape fails if two objects have other members, or members of other types, at any depth.
func sameShape(t *testing.T, shown, sent string) {
	t.Helper()
	shape := func(text string) (paths []string) {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		var walk func(path string, value any)
		walk = func(path string, value any) {
			members, isObject := value.(map[string]any)
			for name, member := range members {
				walk(path+"."+name, member)
			}
			if !isObject {
				paths = append(paths, fmt.Sprintf("%s %T", path, value))
			}
		}
		walk("", value)
		slices.Sort(paths)
		return paths
	}
	if want, got := shape(shown), shape(sent); !slices.Equal(want, got) {
		t.Errorf("the page shows %q, and Enroll sends %q", want, got)
	}
}

// signed returns the post, signed anew with the given secret and time.
func (p post) signed(secret string, at time.Time) post {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err) // a constant
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(p.Header["Webhook-Id"] + "." + seconds + "." + p.Body))
	return p.with("Webhook-Timestamp", seconds).with("Webhook-Signature",
		"v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// with returns the post with another value of a header, or without the header.
func (p post) with(name, value string) post {
	header := maps.Clone(p.Header)
	if header[name] = value; value == "" {
		delete(header, name)
	}
	return post{header, p.Body}
}

// posts returns the posts that a receiver must refuse, by what is wrong.
func (p post) posts(secret string) map[string]post {
	other := "whsec_" + base64.StdEncoding.EncodeToString([]byte("another secret of thirty-two byte"))
	signature := p.Header["Webhook-Signature"]
	changed := p
	changed.Body = strings.Replace(p.Body, "+86139", "+86138", 1)
	return map[string]post{
		"another body":         changed,
		"another id":           p.with("Webhook-Id", "msg_other"),
		"no id":                p.with("Webhook-Id", ""),
		"no time":              p.with("Webhook-Timestamp", ""),
		"no number as time":    p.with("Webhook-Timestamp", "soon"),
		"another time":         p.with("Webhook-Timestamp", strconv.FormatInt(time.Now().Unix()+1, 10)),
		"no signature":         p.with("Webhook-Signature", ""),
		"an empty signature":   p.with("Webhook-Signature", "v1,"),
		"another version":      p.with("Webhook-Signature", "v2"+strings.TrimPrefix(signature, "v1")),
		"no base64":            p.with("Webhook-Signature", "v1,é"),
		"half a signature":     p.with("Webhook-Signature", signature[:20]),
		"another secret":       p.signed(other, time.Now()),
		"six minutes ago":      p.signed(secret, time.Now().Add(-6*time.Minute)),
		"in six minutes' time": p.signed(secret, time.Now().Add(6*time.Minute)),
	}
}

// as returns the post with members of its message replaced, signed anew.
func (p post) as(t *testing.T, secret string, members map[string]any) post {
	t.Helper()
	var event map[string]any
	if err := json.Unmarshal([]byte(p.Body), &event); err != nil {
		t.Fatal(err)
	}
	for name, value := range members {
		if name == "type" {
			event[name] = value
		} else {
			event["data"].(map[string]any)[name] = value
		}
	}
	body, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return post{p.Header, string(body)}.signed(secret, time.Now())
}

// notices are the texts of the receivers by the purpose of a notice.
var notices = map[string]string{
	sms.PhoneChanged:    "The phone of your account was changed.",
	sms.PasswordChanged: "The password of your account was changed.",
}

// receivesNotices checks that a receiver sends a text for each notice, and that it answers a message that it cannot
// send with a status that Enroll takes as a failure.
func receivesNotices(t *testing.T, secret string, sent post, said string, receiver *program) {
	t.Helper()
	to, _, _ := strings.Cut(said, ": ")
	for purpose, text := range notices {
		notice := sent.as(t, secret, map[string]any{"type": "sms.notice", "purpose": purpose, "code": "", "expires_in": 0})
		status, answer := ask(t, http.MethodPost, receiver.url+"/", notice.Body, notice.Header)
		if status != http.StatusNoContent {
			t.Errorf("the notice %s is answered with %d %s", purpose, status, answer)
		}
		until(t, "the receiver says "+text, func() bool { return strings.Contains(receiver.said(), to+": "+text+"\n") })
	}
	before := strings.Count(receiver.said(), "SMS to")
	for what, p := range map[string]post{
		"another type":   sent.as(t, secret, map[string]any{"type": "sms.other"}),
		"another notice": sent.as(t, secret, map[string]any{"type": "sms.notice", "purpose": "other", "code": ""}),
		"no JSON":        post{sent.Header, "{"}.signed(secret, time.Now()),
	} {
		status, _ := ask(t, http.MethodPost, receiver.url+"/", p.Body, p.Header)
		// Enroll takes 408, 502 and 504 as a message that may arrive.
		if status < 400 || status == 408 || status == 502 || status == 504 {
			t.Errorf("%s is answered with %d", what, status)
		}
	}
	if after := strings.Count(receiver.said(), "SMS to"); after != before {
		t.Errorf("a message that cannot be sent is delivered: %s", receiver.said())
	}
}

// receivers are the programs of the page, by name.
func receivers(k kit, p page) map[string]func(t *testing.T) []string {
	return map[string]func(t *testing.T) []string{
		"sms.mjs": func(t *testing.T) []string {
			t.Helper()
			return []string{"node", k.write(t, p.program("sms.mjs"), "node", "sms.mjs")}
		},
		"sms.py": func(t *testing.T) []string {
			t.Helper()
			return []string{"python3", k.write(t, p.program("sms.py"), "python", "sms.py")}
		},
		"sms.go": func(t *testing.T) []string {
			t.Helper()
			return []string{k.build(t, k.write(t, p.program("sms.go"), "go", "sms", "sms.go"))}
		},
	}
}

// receives checks a receiver against all statements of the page about receivers.
func receives(t *testing.T, secret string, sent post, said string, command []string) {
	receiver := serve(t, port(t), []string{"ENROLL_SMS_WEBHOOK_SECRET=" + secret}, command...)
	for wrong, p := range sent.posts(secret) {
		if status, _ := ask(t, http.MethodPost, receiver.url+"/", p.Body, p.Header); status != http.StatusUnauthorized {
			t.Errorf("%s is answered with %d", wrong, status)
		}
	}
	withstands(t, command[0], receiver, "/")
	if said := receiver.said(); strings.Contains(said, "SMS to") {
		t.Errorf("a forged post is delivered: %s", said)
	}
	// While a secret is changed, a post is signed with both.
	both := sent.with("Webhook-Signature", "v1,AAAA "+sent.Header["Webhook-Signature"])
	for what, p := range map[string]post{"a post of Enroll": sent, "one with two signatures": both} {
		if status, answer := ask(t, http.MethodPost, receiver.url+"/", p.Body, p.Header); status != http.StatusNoContent {
			t.Errorf("%s is answered with %d %s", what, status, answer)
		}
	}
	until(t, "the receiver says what it delivers", func() bool { return strings.Count(receiver.said(), said+"\n") == 2 })
	receivesNotices(t, secret, sent, said, receiver)
}
