package awsrole_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/enroll-project/enroll/internal/awsrole"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cloud plays the three services that give keys. Its fields are guarded by mu.
type cloud struct {
	mu       sync.Mutex
	now      time.Time
	life     time.Duration // of the keys
	asked    int           // answers with keys
	failWith int           // a status, 0 for none
	hold     chan struct{} // if not nil, an answer waits until it is closed
	log      bytes.Buffer
}

const jwt = "header.claims.signature"

// sts plays AssumeRoleWithWebIdentity, by the AWS STS API Reference (version 2011-06-15, pages of 2026). The texts of
// errors quote the token.
func (c *cloud) sts(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	_ = r.ParseForm()
	refuse := func(status int, code string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>`+
			`<Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, jwt)
	}
	switch {
	case r.Method != http.MethodPost || r.Form.Get("Action") != "AssumeRoleWithWebIdentity" ||
		r.Form.Get("Version") != "2011-06-15":
		refuse(400, "InvalidAction")
	case r.Header.Get("Authorization") != "":
		refuse(400, "SignatureDoesNotMatch") // the request is not signed
	case r.Form.Get("WebIdentityToken") != jwt:
		refuse(400, "InvalidIdentityToken")
	case r.Form.Get("RoleArn") != "arn:aws:iam::111122223333:role/enroll" || r.Form.Get("RoleSessionName") != "enroll":
		refuse(403, "AccessDenied")
	default:
		c.give(w, r, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
			<AssumeRoleWithWebIdentityResult><Credentials><SessionToken>session-%[1]d</SessionToken>
			<SecretAccessKey>secret-%[1]d</SecretAccessKey><Expiration>%[2]s</Expiration>
			<AccessKeyId>ASIA-%[1]d</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>
			</AssumeRoleWithWebIdentityResponse>`)
	}
}

const agentForm = `{"AccessKeyId":"ASIA-%[1]d","SecretAccessKey":"secret-%[1]d","Token":"session-%[1]d",` +
	`"Expiration":"%[2]s","RoleArn":"arn"}`

// container plays the agent of a container, by "Container credential provider" (AWS SDKs and Tools Reference Guide,
// 2026).
func (c *cloud) container(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path != "/v1/credentials" || r.Header.Get("Authorization") != jwt {
		http.Error(w, jwt, http.StatusUnauthorized)
		return
	}
	c.give(w, r, agentForm)
}

// instance plays the metadata service, by "Use the Instance Metadata Service" (Amazon EC2 User Guide, 2026).
func (c *cloud) instance(w http.ResponseWriter, r *http.Request) {
	const roles = "/latest/meta-data/iam/security-credentials/"
	token := r.Header.Get("X-aws-ec2-metadata-token")
	switch {
	case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token":
		if r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, "metadata-token")
	case r.Method != http.MethodGet || token != "metadata-token":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == roles:
		fmt.Fprint(w, "enroll role\n")
	case r.URL.Path == roles+"enroll role":
		c.give(w, r, strings.Replace(agentForm, "{", `{"Code":"Success","Type":"AWS-HMAC",`, 1))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// give answers with keys that have a new number, or as the fields say.
func (c *cloud) give(w http.ResponseWriter, r *http.Request, form string) {
	c.mu.Lock()
	c.asked++
	n, status, hold, ends := c.asked, c.failWith, c.hold, c.now.Add(c.life)
	c.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}
	if status != 0 {
		w.WriteHeader(status)
		fmt.Fprint(w, "<ErrorResponse><Error><Code>"+jwt+" 1</Code></Error></ErrorResponse>")
		return
	}
	fmt.Fprintf(w, form, n, ends.UTC().Format(time.RFC3339))
}

func (c *cloud) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// set changes fields under the lock.
func (c *cloud) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// count returns how many times keys were asked for.
func (c *cloud) count() (n int) {
	c.set(func() { n = c.asked })
	return n
}

// kinds returns a source of each kind whose services are the cloud's.
func (c *cloud) kinds(t *testing.T) map[string]awsrole.Source {
	t.Helper()
	start := func(h http.HandlerFunc) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(jwt+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]awsrole.Source{
		"web identity": awsrole.WebIdentity{RoleARN: "arn:aws:iam::111122223333:role/enroll", TokenFile: file,
			Session: "enroll", Endpoint: start(c.sts)},
		"container":            awsrole.Container{URL: start(c.container) + "/v1/credentials", TokenFile: file},
		"container with token": awsrole.Container{URL: start(c.container) + "/v1/credentials", Token: jwt},
		"instance":             awsrole.Instance{Endpoint: start(c.instance)},
	}
}

// keys returns the keys of a source, with the clock of the cloud.
func (c *cloud) keys(t *testing.T, source awsrole.Source) *awsrole.Keys {
	t.Helper()
	c.now, c.life = time.Now().Truncate(time.Second), time.Hour
	k, err := awsrole.New(awsrole.Config{
		Source: source, Log: slog.New(slog.NewTextHandler(&c.log, nil)), Now: c.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

// got fails the test unless Retrieve returns the keys with a number.
func got(t *testing.T, k *awsrole.Keys, n int) {
	t.Helper()
	// Without the bound, a caller that waits by mistake would wait for the test itself.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	keys, err := k.Retrieve(ctx)
	if err != nil || keys.AccessKeyID != fmt.Sprintf("ASIA-%d", n) ||
		keys.SecretAccessKey != fmt.Sprintf("secret-%d", n) || keys.SessionToken != fmt.Sprintf("session-%d", n) {
		t.Fatalf("%s, %v, want keys %d", keys.AccessKeyID, err, n)
	}
}

// until waits for a condition. It is for what happens in the background.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal(what)
		}
	}
}

// TestKeys: each source gets keys once, and new ones before their end, in the background.
func TestKeys(t *testing.T) {
	t.Parallel()
	for name := range new(cloud).kinds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c cloud
			k := c.keys(t, c.kinds(t)[name])
			got(t, k, 1)
			c.set(func() { c.now = c.now.Add(54 * time.Minute) })
			got(t, k, 1)
			if n := c.count(); n != 1 {
				t.Fatalf("asked %d times", n)
			}
			// Five minutes before the end, the old keys are returned without a wait.
			hold := make(chan struct{})
			c.set(func() { c.now, c.hold = c.now.Add(2*time.Minute), hold })
			got(t, k, 1)
			until(t, "no keys were asked for", func() bool { return c.count() == 2 })
			got(t, k, 1)
			close(hold)
			until(t, "the keys are the old ones", func() bool {
				keys, err := k.Retrieve(t.Context())
				return err == nil && keys.AccessKeyID == "ASIA-2"
			})
			if n := c.count(); n != 2 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// TestOneAttempt: many callers without keys wait for one attempt, and one that is gone does not end it.
func TestOneAttempt(t *testing.T) {
	t.Parallel()
	c := cloud{hold: make(chan struct{})}
	k := c.keys(t, c.kinds(t)["web identity"])
	gone, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := k.Retrieve(gone)
		first <- err
	}()
	until(t, "no keys were asked for", func() bool { return c.count() == 1 })
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if keys, err := k.Retrieve(t.Context()); err != nil || keys.AccessKeyID != "ASIA-1" {
				t.Errorf("%s, %v", keys.AccessKeyID, err)
			}
		})
	}
	close(c.hold)
	wait.Wait()
	if n := c.count(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestFailedRenewal: the old keys are returned until their end, attempts have a pause, and the log has the cause
// without a token. Afterwards there is an error, until the service is back.
func TestFailedRenewal(t *testing.T) {
	t.Parallel()
	var c cloud
	k := c.keys(t, c.kinds(t)["web identity"])
	got(t, k, 1)
	c.set(func() { c.now, c.failWith = c.now.Add(56*time.Minute), 503 })
	got(t, k, 1)
	until(t, "no attempt has failed", func() bool { return !k.Attempting() && c.count() == 2 })
	text := c.log.String()
	if !strings.Contains(text, "STS answered with status 503") || strings.Contains(text, jwt) {
		t.Errorf("log: %s", text)
	}
}

// TestEndedKeys: keys are not used after their end, and those that have ended already are not taken.
func TestEndedKeys(t *testing.T) {
	t.Parallel()
	var c cloud
	k := c.keys(t, c.kinds(t)["container"])
	got(t, k, 1)
	c.set(func() { c.now, c.failWith = c.now.Add(59*time.Minute+55*time.Second), 500 })
	if _, err := k.Retrieve(t.Context()); !errors.Is(err, awsrole.ErrNoKeys) {
		t.Error(err)
	}
	c.set(func() { c.failWith, c.life = 0, 0 })
	if _, err := k.Retrieve(t.Context()); !errors.Is(err, awsrole.ErrNoKeys) {
		t.Error(err)
	}
	c.set(func() { c.life = time.Hour })
	got(t, k, 4)
}

// TestPause: after a failed attempt the next one is made after half a minute, while the old keys are valid.
func TestPause(t *testing.T) {
	t.Parallel()
	var c cloud
	k := c.keys(t, c.kinds(t)["instance"])
	got(t, k, 1)
	c.set(func() { c.now, c.failWith = c.now.Add(56*time.Minute), 500 })
	got(t, k, 1)
	until(t, "no attempt has failed", func() bool { return !k.Attempting() && c.count() == 2 })
	c.set(func() { c.now = c.now.Add(29 * time.Second) })
	got(t, k, 1)
	if k.Attempting() {
		t.Error("an attempt without a pause")
	}
	c.set(func() { c.now, c.failWith = c.now.Add(time.Second), 0 })
	got(t, k, 1)
	until(t, "no second attempt", func() bool { return c.count() == 3 })
}

// TestAnswersWithoutKeys: an answer that lacks a part, or that is none, gives no keys, and the log has no part of it.
func TestAnswersWithoutKeys(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"no key":      `{"SecretAccessKey":"secret","Token":"t","Expiration":"2999-01-01T00:00:00Z"}`,
		"no secret":   `{"AccessKeyId":"ASIA","Token":"t","Expiration":"2999-01-01T00:00:00Z"}`,
		"no session":  `{"AccessKeyId":"ASIA","SecretAccessKey":"secret","Expiration":"2999-01-01T00:00:00Z"}`,
		"no end":      `{"AccessKeyId":"ASIA","SecretAccessKey":"secret","Token":"t"}`,
		"not a time":  `{"AccessKeyId":"ASIA","SecretAccessKey":"secret","Token":"t","Expiration":"soon"}`,
		"a failure":   `{"Code":"AssumeRoleUnauthorizedAccess"}`,
		"not JSON":    `secret`,
		"a long text": strings.Repeat(" ", 65<<10) + `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, answer)
			}))
			t.Cleanup(server.Close)
			var c cloud
			k := c.keys(t, awsrole.Container{URL: server.URL + "/v1"})
			_, err := k.Retrieve(t.Context())
			k.Close()
			if !errors.Is(err, awsrole.ErrNoKeys) || strings.Contains(c.log.String(), "secret") ||
				!strings.Contains(c.log.String(), "the container's agent") {
				t.Errorf("%v, %s", err, c.log.String())
			}
		})
	}
}

// TestLongAnswer: an answer is read up to a bound.
func TestLongAnswer(t *testing.T) {
	t.Parallel()
	var c cloud
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for n, err := 0, error(nil); err == nil && sent.Load() < 64<<20; sent.Add(int64(n)) {
			n, err = io.WriteString(w, strings.Repeat(" ", 64<<10))
		}
	}))
	t.Cleanup(server.Close)
	k := c.keys(t, awsrole.Container{URL: server.URL + "/v1"})
	if _, err := k.Retrieve(t.Context()); !errors.Is(err, awsrole.ErrNoKeys) {
		t.Error(err)
	}
	server.Close() // waits for the handler
	if n := sent.Load(); n >= 64<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

// TestRefusedByName: the log has STS's name of a refusal.
func TestRefusedByName(t *testing.T) {
	t.Parallel()
	var c cloud
	source := c.kinds(t)["web identity"].(awsrole.WebIdentity)
	source.RoleARN = "arn:aws:iam::111122223333:role/other"
	k := c.keys(t, source)
	_, err := k.Retrieve(t.Context())
	k.Close()
	if !errors.Is(err, awsrole.ErrNoKeys) || !strings.Contains(c.log.String(), "status 403, AccessDenied") ||
		strings.Contains(c.log.String(), jwt) {
		t.Errorf("%v, %s", err, c.log.String())
	}
}

// TestNewRefuses: a source that lacks something, or whose token would be sent to another host without TLS, is an
// error without the token.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(jwt), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const sts = "https://sts.eu-central-1.amazonaws.com"
	for name, source := range map[string]awsrole.Source{
		"nothing":           nil,
		"no role":           awsrole.WebIdentity{TokenFile: file, Session: "s", Endpoint: sts},
		"no file":           awsrole.WebIdentity{RoleARN: "a", Session: "s", Endpoint: sts},
		"a missing file":    awsrole.WebIdentity{RoleARN: "a", TokenFile: "/" + jwt, Session: "s", Endpoint: sts},
		"an empty file":     awsrole.WebIdentity{RoleARN: "a", TokenFile: empty, Session: "s", Endpoint: sts},
		"STS without TLS":   awsrole.WebIdentity{RoleARN: "a", TokenFile: file, Session: "s", Endpoint: "http://sts.example"},
		"agent without TLS": awsrole.Container{URL: "http://agent.example/v1", Token: jwt},
		"no agent":          awsrole.Container{Token: jwt},
		"no service":        awsrole.Instance{},
		"another service":   awsrole.Instance{Endpoint: "http://169.254.1.1"},
		"a password in it":  awsrole.Instance{Endpoint: "http://u:" + jwt + "@169.254.169.254"},
	} {
		_, err := awsrole.New(awsrole.Config{Source: source, Log: slog.New(slog.DiscardHandler)})
		if err == nil || strings.Contains(err.Error(), jwt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, source := range map[string]awsrole.Source{
		"STS": awsrole.WebIdentity{RoleARN: "a", TokenFile: file, Session: "s", Endpoint: sts},
		"ECS": awsrole.Container{URL: "http://169.254.170.2/v2/credentials/1"},
		"EKS": awsrole.Container{URL: "http://[fd00:ec2::23]/v1/credentials", TokenFile: file},
		"EC2": awsrole.Instance{Endpoint: "http://169.254.169.254"},
	} {
		k, err := awsrole.New(awsrole.Config{Source: source, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		k.Close()
	}
}
