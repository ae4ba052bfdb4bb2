package account_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/crypto/bcrypt"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/test/strict"
)

// happened returns what has happened to a user, oldest first, without the prefix of the types. It fails the test unless
// the events are numbered without a gap and the user has the last number.
func (w *world) happened(t testing.TB, id int64) []string {
	t.Helper()
	var texts []string
	var numbered bool
	fatal(t, w.pool.QueryRow(t.Context(), `SELECT
			array_agg(trim(substr(type, 6) || ' ' || array_to_string(fields, ',')) ORDER BY seq),
			coalesce(max(seq) = count(*) AND max(seq) = coalesce(max(u.event_seq), max(seq)), true)
		FROM events LEFT JOIN users AS u ON u.id = user_id WHERE user_id = $1`, id).Scan(&texts, &numbered))
	if !numbered {
		t.Errorf("the events of user %d are not numbered right: %q", id, texts)
	}
	return texts
}

// story is a user and what must have happened to it.
type story struct {
	w    *world
	id   int64
	want []string
}

// then fails the test unless the last step has succeeded and has given these events and no others.
func (s *story) then(t testing.TB, err error, events ...string) {
	t.Helper()
	fatal(t, err)
	s.want = append(s.want, events...)
	if got := s.w.happened(t, s.id); strings.Join(got, "; ") != strings.Join(s.want, "; ") {
		t.Fatalf("%q, want %q", got, s.want)
	}
}

// contractOfEvents returns the check of a request to a receiver by the closed contract.
var contractOfEvents = sync.OnceValue(func() func(http.Header, []byte) error {
	check, err := strict.Events(enroll.Contract)
	if err != nil {
		panic(err)
	}
	return check
})

// delivered sends all events of the world to a receiver, and fails the test unless they are those in the log, and each
// request is as the contract says.
func (w *world) delivered(t testing.TB) {
	t.Helper()
	check := contractOfEvents() // before the first request, which would wait for it
	var mutex sync.Mutex
	got := map[string]bool{}
	crm := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err = errors.Join(err, check(r.Header, body)); err != nil {
			t.Error(err)
		}
		mutex.Lock()
		defer mutex.Unlock()
		got[string(body)] = true
	}))
	defer crm.Close()
	secret := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	receivers, err := event.ParseReceivers("crm="+crm.URL, secret)
	fatal(t, err)
	sender, err := event.NewSender(event.SenderConfig{Pool: w.pool, Receivers: receivers, Retry: event.RetryFor,
		Now: time.Now, Rand: rand.Float64, Metrics: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler)})
	fatal(t, err)
	w.exec(t, "INSERT INTO event_receivers (name, tx, id) VALUES ('crm', 0, 0)")
	// Transactions of other tests hold the log up.
	for all := w.count(t, "events"); len(got) < all; {
		fatal(t, sender.Round(t.Context()))
	}
	if len(got) != w.count(t, "events") {
		t.Errorf("%d events were delivered", len(got))
	}
}

// TestEventsOfHolder: each change that a holder makes gives its events, and a login, a new hash of the same password
// and a refused change give none.
func TestEventsOfHolder(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	s := story{w: r.world, id: r.user.User.ID}
	// The fixture verifies the email by a statement of its own.
	s.then(t, nil, "registered", "verified")
	token := func() holder.Holder {
		by, err := r.holderOf(r.user.Token)
		fatal(t, err)
		return by
	}
	logIn := func(password string, events ...string) {
		t.Helper()
		in, err := r.Login(t.Context(), account.Login{Site: 1, Phone: phone, Password: password})
		s.then(t, err, events...)
		r.user.Token = in.Token
	}
	logIn(goodPassword)
	old, err := bcrypt.GenerateFromPassword([]byte(goodPassword), bcrypt.MinCost)
	fatal(t, err)
	r.exec(t, "UPDATE users SET password_hash = $1", string(old))
	logIn(goodPassword)
	if r.count(t, "users WHERE password_hash LIKE '$argon2id$%'") != 1 {
		t.Error("the hash was not computed anew")
	}
	change := credential.Change{By: token(), OldPassword: "wrong password", Password: newPassword}
	if _, err := r.ChangePassword(t.Context(), change); err == nil {
		t.Error("a wrong password changes the password")
	}
	change.OldPassword = goodPassword
	in, err := r.ChangePassword(t.Context(), change)
	s.then(t, err, "password_changed")
	r.user.Token = in.Token
	r.Close() // the notice is sent before the next mail
	fatal(t, r.askReset(t, "holder@example.com"))
	_, err = r.ResetPassword(t.Context(), credential.Reset{Site: 1, Email: "holder@example.com",
		Code: r.mails.last().Code, Password: goodPassword})
	s.then(t, err, "password_changed")
	logIn(goodPassword)
	name, email, none := "newholder", "unverified@example.com", ""
	_, err = r.ChangeProfile(t.Context(), profile.Change{By: token(), UserName: &name, Email: &email,
		OldPassword: goodPassword, Edits: person.Edits{Introduce: &name}})
	s.then(t, err, "updated user_name,email,email_verified,introduce")
	_, err = r.ChangeProfile(t.Context(), profile.Change{By: token(), Edits: person.Edits{RealName: &none}})
	s.then(t, err) // it was empty before
	r.clock.advance(time.Hour)
	by := token()
	_, err = r.SendEmailCode(t.Context(), address.EmailCodeRequest{By: by})
	fatal(t, err)
	_, err = r.VerifyEmail(t.Context(), address.EmailVerification{By: by, Code: r.mails.last().Code})
	s.then(t, err, "verified")
	logIn(goodPassword)
	_, err = r.Delete(t.Context(), account.Deletion{By: token(), Password: goodPassword})
	s.then(t, err, "updated delete_time")
	logIn(goodPassword, "updated delete_time")
	_, err = r.Delete(t.Context(), account.Deletion{By: token(), Password: goodPassword})
	s.then(t, err, "updated delete_time")
	r.Close()
	r.clock.advance(deleteAfter + 25*time.Hour)
	if n := r.purgeDeleted(t); n != 0 {
		t.Errorf("%d users are left", n)
	}
	s.then(t, nil, "deleted")
	s.w.delivered(t)
}

// TestEventsOfOperator: each act of an operator that changes a user gives its events. An act that changes nothing, a
// dry run and the end of sessions give none.
func TestEventsOfOperator(t *testing.T) {
	t.Parallel()
	w := setup(t)
	office := w.operators(t)
	made, err := office.Create(t.Context(), operator.NewUser{By: anActor, Site: 1, UserName: "alice",
		Password: goodPassword, Email: "alice@example.com", EmailVerified: true, Disabled: true})
	s := story{w: w, id: made.ID}
	s.then(t, err, "registered", "verified", "disabled")
	act := func(do func(context.Context, operator.Act) (operator.User, error), events ...string) {
		t.Helper()
		_, err := do(t.Context(), operator.Act{By: anActor, User: made.ID, DryRun: true})
		s.then(t, err)
		for range 2 { // the second changes nothing
			_, err = do(t.Context(), operator.Act{By: anActor, User: made.ID})
			s.then(t, err, events...)
			events = nil
		}
	}
	act(office.Enable, "enabled")
	act(office.EndSessions)
	w.exec(t, "INSERT INTO groups (site_id, id, title) VALUES (1, 7, 'seven')")
	act(func(ctx context.Context, a operator.Act) (operator.User, error) { return office.SetGroup(ctx, a, 7) },
		"updated group_id")
	name, email := "Alice B", "b@example.com"
	act(func(ctx context.Context, a operator.Act) (operator.User, error) {
		return office.Update(ctx, a, operator.Changes{Email: &email, Edits: person.Edits{RealName: &name}})
	}, "updated email,email_verified,real_name")
	given, both, yes := newPassword, "alice2", true
	_, err = office.Update(t.Context(), operator.Act{By: anActor, User: made.ID},
		operator.Changes{UserName: &both, Password: &given, EmailVerified: &yes})
	s.then(t, err, "updated user_name", "verified", "password_changed")
	act(office.Disable, "disabled")
	act(office.Delete, "updated delete_time")
	w.clock.advance(25 * time.Hour)
	fatal(t, w.PurgeDeleted(t.Context()))
	s.then(t, nil, "deleted")
	w.delivered(t)
}

// TestEventsOfApproval: a user that waits is disabled, and its approval enables it.
func TestEventsOfApproval(t *testing.T) {
	t.Parallel()
	w := setup(t, byApproval)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	s := story{w: w}
	fatal(t, w.pool.QueryRow(t.Context(), "SELECT id FROM users").Scan(&s.id))
	s.then(t, err, "registered", "disabled")
	_, err = w.operators(t).Approve(t.Context(), operator.Act{By: anActor, User: s.id})
	s.then(t, err, "enabled")
	w.delivered(t)
}

// TestEventsOfRegistrations: a registration gives one event, and one more if it verifies the email. A user that loses
// its unverified email to the registration has an event of that. A refused registration and a repetition give none.
func TestEventsOfRegistrations(t *testing.T) {
	t.Parallel()
	r := recoverable(t, func(c *account.Config) { c.Limits.MailPerNetwork = 100 })
	squatter, err := r.Register(t.Context(), account.Registration{Site: 1, UserName: "squatter", Password: goodPassword,
		Email: "a@example.com"})
	fatal(t, err)
	owner, err := r.Register(t.Context(), account.Registration{Site: 1, Email: "a@example.com",
		Code: (&mailer{r.world, r.mails}).code(t, "a@example.com", account.ForRegister)})
	fatal(t, err)
	taken := account.Registration{Site: 1, UserName: "squatter", Password: goodPassword}
	if _, err := r.Register(t.Context(), taken); err == nil {
		t.Error("a taken name is registered")
	}
	for id, want := range map[int64]string{
		owner.User.ID: "registered; verified", squatter.User.ID: "registered; updated email",
	} {
		if got := strings.Join(r.happened(t, id), "; "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if n, users := r.count(t, "events WHERE type = 'user.registered'"), r.count(t, "users"); n != users {
		t.Errorf("%d registrations in the log of %d", n, users)
	}
	r.delivered(t)
}
