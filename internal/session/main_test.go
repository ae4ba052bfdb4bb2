package session_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a service with one user, on a database of its own, with a clock that stands still.
type world struct {
	*session.Service
	*testing.T
	pool   *pgxpool.Pool
	tokens *token.Signer
	now    time.Time
	user   db.User
}

const (
	life    = 24 * time.Hour
	maximum = 72 * time.Hour
)

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, pool: pgtest.New(t), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.now }
	pem, err := token.GenerateKey(false)
	w.fatal(err)
	keys, err := token.ParseKeys(pem)
	w.fatal(err)
	w.tokens, err = token.New(token.Config{Keys: keys, Issuer: "enroll", Audience: "enroll", Now: now})
	w.fatal(err)
	w.Service, err = session.New(session.Config{Pool: w.pool, Tokens: w.tokens, Max: maximum, Now: now, Rand: rand.Reader})
	w.fatal(err)
	var id int64
	w.fatal(w.pool.QueryRow(t.Context(), `INSERT INTO users (site_id, phone, real_name, avatar_url, group_id, status,
			is_retailer, balance, total_reward, invite_code, invites_used, created_at, updated_at, last_login_at)
		VALUES (1, '+8613800138000', '', '', 2, 1, false, 0, 0, 'code', 0, $1, $1, $1) RETURNING id`, w.now).Scan(&id))
	w.user, err = db.New(w.pool).UserByID(t.Context(), db.UserByIDParams{SiteID: 1, ID: id})
	w.fatal(err)
	return w
}

func (w *world) fatal(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// reread reads the user again, as a login does.
func (w *world) reread() {
	w.Helper()
	var err error
	w.user, err = db.New(w.pool).UserByID(w.Context(), db.UserByIDParams{SiteID: 1, ID: w.user.ID})
	w.fatal(err)
}

// login begins a session and returns its token.
func (w *world) login() string {
	w.Helper()
	w.reread()
	start, err := w.Begin(life, session.Client{Network: "192.0.2.0/24", UserAgent: "curl/8.5.0"})
	w.fatal(err)
	begun, err := w.LogIn(w.Context(), db.New(w.pool), w.user, w.now, start)
	w.fatal(err)
	if !begun {
		w.Fatal("the login has begun no session")
	}
	raw, err := w.Sign(w.user.ID, 1, start)
	w.fatal(err)
	return raw
}

// old returns the token of a release without sessions.
func (w *world) old() string {
	w.Helper()
	raw, err := w.tokens.Sign(token.Subject{UserID: w.user.ID, SiteID: 1}, life)
	w.fatal(err)
	return raw
}

// check checks a token.
func (w *world) check(raw string) (session.Live, error) {
	claims, err := w.tokens.Parse(raw)
	if err != nil {
		return session.Live{}, err
	}
	return w.Check(w.Context(), claims)
}

// live checks a token whose session must be live.
func (w *world) live(raw string) session.Live {
	w.Helper()
	live, err := w.check(raw)
	w.fatal(err)
	return live
}

// ended fails the test if a token is live.
func (w *world) ended(raw string) {
	w.Helper()
	if live, err := w.check(raw); err == nil || live.ID != "" {
		w.Errorf("the session is live: %v", err)
	}
}

// count counts the rows of a query.
func (w *world) count(query string, args ...any) (n int) {
	w.Helper()
	w.fatal(w.pool.QueryRow(w.Context(), "SELECT count(*) FROM "+query, args...).Scan(&n))
	return n
}

func (w *world) exec(query string, args ...any) {
	w.Helper()
	_, err := w.pool.Exec(context.WithoutCancel(w.Context()), query, args...)
	w.fatal(err)
}

// renewed renews a token that must be due.
func (w *world) renewed(raw string) string {
	w.Helper()
	fresh, err := w.Renew(w.Context(), w.live(raw), session.Client{})
	if err != nil || fresh == "" {
		w.Fatalf("renewed as %q: %v", fresh, err)
	}
	return fresh
}
