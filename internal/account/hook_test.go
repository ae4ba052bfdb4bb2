package account_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/hook"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/leak"
)

// receiver is a program of the operator. It answers what it was given, and keeps the requests.
type receiver struct {
	*hook.Hook
	answer string
	during func() // called before an answer; nil for no call

	mu     sync.Mutex
	bodies []string
}

const admits, denies = `{"decision":"allow"}`,
	`{"decision":"deny","field":"email","messages":{"en":"Please use your company's email.","zh-CN":"请使用公司邮箱"}}`

// receive starts a receiver and makes the hook that asks it.
func receive(t *testing.T, answer string, open bool) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.bodies = append(r.bodies, string(body))
		r.mu.Unlock()
		if r.during != nil {
			r.during()
		}
		_, _ = io.WriteString(w, r.answer)
	}))
	t.Cleanup(server.Close)
	r.Hook = ask(t, server.URL, open)
	return r
}

// ask makes a hook.
func ask(t *testing.T, url string, open bool) *hook.Hook {
	t.Helper()
	h, err := hook.New(hook.Config{
		URL: url, Secret: "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32)), Open: open,
	})
	fatal(t, err)
	t.Cleanup(h.Close)
	return h
}

// asked returns how many requests the receiver got.
func (r *receiver) asked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.bodies)
}

// denied fails the test unless the error is a denial with this field and message.
func denied(t *testing.T, err error, field, message string) {
	t.Helper()
	e := (*refusal.Error)(nil)
	if !errors.As(err, &e) || e.Reason != refusal.NotAdmitted || e.Field != field || e.Message != message {
		t.Errorf("%v, want a denial of %q with %q", err, field, message)
	}
	if err != nil && message != "" && strings.Contains(err.Error(), message) {
		t.Errorf("the error for the log has the message: %v", err)
	}
}

// TestHook: each method asks the hook once, with the applicant as it would be stored and no secret of the request. A
// denial creates nothing, and the code stays good. A repetition of a registration that succeeded does not ask.
func TestHook(t *testing.T) {
	t.Parallel()
	op := receive(t, denies, false)
	w := mailing(t, func(c *account.Config) { c.Hook, c.MinAge = op.Hook, 18 })
	born := w.clock.Now().AddDate(-20, 0, 0).Unix()
	from := account.Origin{Subnet: "203.0.113.0/24", Network: "203.0.113.0/24"}
	const host, address = "a host of the cookie", "newcomer@example.com"
	for name, r := range map[string]account.Registration{
		"user_name": {UserName: "Ａlice", Password: "canary of alice", Email: "Alice@Example.com", InviteHint: host,
			Basics: person.Basics{RealName: "新用户", FirstName: "A", LastName: "B", AvatarURL: "/a.png"}},
		"phone": {Phone: phone, Code: w.world.code(t, phone, account.ForRegister), Password: "canary of phone"},
		"email": {Email: address, Code: w.code(t, address, account.ForRegister), Locale: "en"},
	} {
		before := op.asked()
		r.Site, r.Birthday, r.From, r.IdempotencyKey = 1, born, from, "key-"+name
		op.answer = denies
		_, err := w.Register(t.Context(), r)
		denied(t, err, "email", map[string]string{"": "", "en": "Please use your company's email."}[r.Locale])
		r.Locale = "zh-CN"
		_, err = w.Register(t.Context(), r)
		denied(t, err, "email", "请使用公司邮箱")
		op.answer = admits
		for range 3 {
			if _, err := w.Register(t.Context(), r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if n := op.asked() - before; n != 3 {
			t.Errorf("%s: asked %d times, want for two denials and one registration", name, n)
		}
		var watch leak.Watch
		for _, secret := range []string{r.Password, r.Code, r.IdempotencyKey} {
			if secret != "" {
				watch.Add("secret", secret)
			}
		}
		if seen := watch.Sightings(op.bodies[len(op.bodies)-1]); seen != nil {
			t.Errorf("%s: the hook gets %q", name, seen)
		}
		var got struct{ Data map[string]any }
		fatal(t, json.Unmarshal([]byte(op.bodies[len(op.bodies)-1]), &got))
		want := map[string]any{
			"site_id": 1.0, "method": name, "user_name": "", "email": "", "phone": "", "real_name": "", "first_name": "",
			"last_name": "", "avatar_url": "", "birthday": float64(born), "invite_code": "", "invite_id": 0.0,
			"language": "zh-CN", "network": "203.0.113.0/24",
		}
		for field, value := range map[string]map[string]any{
			"user_name": {"user_name": "Alice", "email": "Alice@Example.com", "real_name": "新用户", "first_name": "A",
				"last_name": "B", "avatar_url": "/a.png", "invite_code": host},
			"phone": {"phone": "+86" + phone}, "email": {"email": address},
		}[name] {
			want[field] = value
		}
		for field := range want {
			if got.Data[field] != want[field] {
				t.Errorf("%s: %s is %v, want %v", name, field, got.Data[field], want[field])
			}
		}
		if len(got.Data) != len(want) {
			t.Errorf("%s: %v", name, got.Data)
		}
	}
	if n := w.count(t, "users"); n != 3 {
		t.Errorf("%d users", n)
	}
}

// TestHookIsLast: what the service refuses itself is not asked about. Whether a name is taken is found out after the
// hook, so a denial does not tell it.
func TestHookIsLast(t *testing.T) {
	t.Parallel()
	op := receive(t, admits, false)
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Password: goodPassword})
	fatal(t, err)
	w = on(t, w.pool, w.clock, asking(newImages(t, w.clock)), func(c *account.Config) { c.Hook = op.Hook })
	proof := func() account.Proof { return w.solve(t, account.CaptchaRequest{Site: 1}) }
	for name, want := range map[refusal.Reason]account.Registration{
		refusal.RegistrationIncomplete: {UserName: "alice"},
		refusal.UserNameTooShort:       {UserName: "a", Password: goodPassword},
		refusal.PasswordCommon:         {UserName: "alice", Password: "password123"},
		refusal.CaptchaRequired:        {UserName: "alice", Password: goodPassword},
		refusal.CodeExpired:            {Phone: phone, Code: "123456", Proof: proof()},
	} {
		want.Site = 1
		_, err := w.Register(t.Context(), want)
		expect(t, err, name)
	}
	if n := op.asked(); n != 0 {
		t.Errorf("asked %d times about registrations that are refused anyway", n)
	}
	taken := account.Registration{Site: 1, UserName: "taken", Password: goodPassword, Proof: proof()}
	_, err = w.Register(t.Context(), taken)
	expect(t, err, refusal.UserNameTaken)
	for _, name := range []string{"taken", "free"} {
		op.answer = denies
		_, err = w.Register(t.Context(), account.Registration{
			Site: 1, UserName: name, Password: goodPassword, Proof: proof(), Locale: "en",
		})
		denied(t, err, "email", "Please use your company's email.")
	}
	if n := op.asked(); n != 3 {
		t.Errorf("asked %d times", n)
	}
}

// TestHookHoldsNothing: while the hook is asked, the registration has neither a hasher nor a connection to the
// database: the receiver itself logs a user in, by the only hasher.
func TestHookHoldsNothing(t *testing.T) {
	t.Parallel()
	hasher, err := password.New(password.Config{
		Params: password.Params{Memory: 64, Passes: 1, Threads: 1}, Workers: 1, Metrics: prometheus.NewRegistry(),
	})
	fatal(t, err)
	op := receive(t, admits, false)
	w := setup(t, func(c *account.Config) { c.Hook, c.Hasher = op.Hook, hasher })
	_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	op.during = func() {
		if n := w.pool.Stat().AcquiredConns(); n != 0 {
			t.Errorf("%d connections are in use", n)
		}
		_, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
		if err != nil {
			t.Errorf("a login meanwhile: %v", err)
		}
	}
	_, err = w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "bob", Password: goodPassword, IdempotencyKey: "key-1",
	})
	fatal(t, err)
}

// TestHookAway: without a decision a closed hook refuses as unavailable and says when to come back, and the key is
// free for the repetition. An open hook admits.
func TestHookAway(t *testing.T) {
	t.Parallel()
	away := httptest.NewServer(nil)
	away.Close()
	w := setup(t, func(c *account.Config) { c.Hook = ask(t, away.URL, false) })
	r := account.Registration{Site: 1, UserName: "alice", Password: goodPassword, IdempotencyKey: "key-1"}
	for range 7 { // the circuit breaker refuses the last ones
		_, err := w.Register(t.Context(), r)
		e := (*refusal.Error)(nil)
		if !errors.As(err, &e) || e.Reason != refusal.Unavailable || e.RetryAfter <= 0 {
			t.Errorf("%v", err)
		}
	}
	if n := w.count(t, "users"); n != 0 {
		t.Errorf("%d users", n)
	}
	open := on(t, w.pool, w.clock, func(c *account.Config) { c.Hook = ask(t, away.URL, true) })
	if _, err := open.Register(t.Context(), r); err != nil {
		t.Errorf("an open hook: %v", err)
	}
}

// TestHookHangUp: a person that has gone meanwhile is not registered, and its key is free.
func TestHookHangUp(t *testing.T) {
	t.Parallel()
	op := receive(t, admits, false)
	w := setup(t, func(c *account.Config) { c.Hook = op.Hook })
	for _, r := range []account.Registration{
		{UserName: "alice", Password: goodPassword}, {Phone: phone, Code: w.code(t, phone, account.ForRegister)},
	} {
		r.Site, r.IdempotencyKey = 1, "key-"+r.UserName
		ctx, hangUp := context.WithCancel(t.Context())
		op.during = hangUp
		if _, err := w.Register(ctx, r); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if n := w.count(t, "users"); n != 0 {
			t.Errorf("%d users", n)
		}
		op.during = nil
	}
	_, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "alice", Password: goodPassword, IdempotencyKey: "key-alice",
	})
	fatal(t, err)
}
