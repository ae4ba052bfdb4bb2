package account_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

// trips counts round trips to the database: each statement that the driver sends
// by itself is one, BEGIN and COMMIT included.
type trips struct {
	mu   sync.Mutex
	sent []string
}

func (r *trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, data.SQL)
	return ctx
}

func (r *trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// counted returns the statements that were sent since the last call.
func (r *trips) counted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	sent := r.sent
	r.sent = nil
	return sent
}

// traced is a service whose round trips are counted.
func traced(t *testing.T, change ...func(*account.Config)) (*world, *trips) {
	t.Helper()
	config, err := pgxpool.ParseConfig(pgtest.URL(t))
	fatal(t, err)
	r := &trips{}
	config.ConnConfig.Tracer = r
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	fatal(t, err)
	t.Cleanup(pool.Close)
	return on(t, pool, &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}, change...), r
}

// TestRoundTrips fails if an operation makes another number of round trips to the database. A person waits for each.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	mails := &mailbag{}
	w, r := traced(t, func(c *account.Config) {
		c.Limits.SMSPerPrefix, c.Limits.LoginPerAccount, c.Mail = 100, 100, mails
	})
	register := func(r account.Registration) func() error {
		return func() error { r.Site = 1; _, err := w.Register(t.Context(), r); return err }
	}
	login := func(l account.Login) func() error {
		return func() error { l.Site = 1; _, err := w.Login(t.Context(), l); return err }
	}
	const pw = "MyPassword123"
	in, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "zeroth", Password: pw})
	fatal(t, err)
	token := in.Token
	agreed := on(t, w.pool, w.clock, withTerms("2"), func(c *account.Config) { c.Limits.LoginPerAccount = 100 })
	termed := account.Registration{
		Site: 1, UserName: "fifth", Password: pw, IdempotencyKey: "m", AcceptedTerms: "2", Locale: "en",
	}
	phones := [...]string{"13800138001", "13800138002", "13800138003"}
	var codes [3]string
	for i, phone := range phones {
		codes[i] = w.code(t, phone, account.ForRegister)
	}
	mailed := (&mailer{w, mails}).code(t, "b@example.com", account.ForRegister)
	r.counted()
	for _, step := range []struct {
		name string
		do   func() error
		want int
	}{
		{"request a code by SMS", func() error {
			_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: "13800138009",
				Purpose: account.ForRegister, Locale: "en"})
			return err
		}, 3}, // standing; rows of the budgets; counts with the code
		{"register by password", register(account.Registration{UserName: "first", Password: pw, Email: "a@example.com"}), 1},
		{"register by phone", register(account.Registration{Phone: phones[0], Code: codes[0]}), 2},
		{"register by email", register(account.Registration{Email: "b@example.com", Code: mailed}), 2},
		{"register by phone and password", register(account.Registration{Phone: phones[1], Code: codes[1], UserName: "second",
			Password: pw}), 2},
		{"register with a key", register(account.Registration{UserName: "third", Password: pw, IdempotencyKey: "k"}),
			5}, // claim; BEGIN, user, key, COMMIT
		{"repeat it", register(account.Registration{UserName: "third", Password: pw, IdempotencyKey: "k"}),
			5}, // claim, try, user, settled; session
		{"register by phone with a key", register(account.Registration{Phone: phones[2], Code: codes[2],
			IdempotencyKey: "l"}), 6},
		{"log in by password", login(account.Login{UserName: "first", Password: pw}),
			5}, // user; tries of name and account; forgiven; login with its session
		{"register with terms", func() error {
			_, err := agreed.Register(t.Context(), account.Registration{
				Site: 1, UserName: "fourth", Password: pw, AcceptedTerms: "2", Locale: "en",
			})
			return err
		}, 1},
		{"log in with terms that were accepted", func() error {
			_, err := agreed.Login(t.Context(), account.Login{Site: 1, UserName: "fourth", Password: pw})
			return err
		}, 5}, // as without terms
		{"register with terms and a key", func() error { _, err := agreed.Register(t.Context(), termed); return err }, 5},
		{"repeat it with terms", func() error { _, err := agreed.Register(t.Context(), termed); return err },
			5}, // as without terms
		{"check a token", func() error { _, err := w.holderOf(token); return err }, 1},
		{"renew it", func() error {
			w.clock.advance(719 * time.Hour)
			by, err := w.holderOf(token)
			fatal(t, err)
			_, err = w.Renew(t.Context(), by, account.Origin{}, "")
			return err
		}, 3}, // user with session; use noted; session prolonged
	} {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if sent := r.counted(); len(sent) != step.want {
			t.Errorf("%s: %d round trips, want %d: %q", step.name, len(sent), step.want, sent)
		}
	}
}

// TestRegisterSpendsTheCodeOnce: of many registrations at once with one code, one
// succeeds. The others are refused because the code is spent, and not because the phone
// is taken.
func TestRegisterSpendsTheCodeOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForRegister)
	ends := atOnce(32, func(int) error { return w.registerPhone(t, code) })
	if ends[""] != 1 || ends[refusal.CodeExpired] != 31 {
		t.Errorf("ends: %v", ends)
	}
}

// TestNetworkIsKnownByARegistration: the subnet that registers with a code is known for its phone for 30 days.
func TestNetworkIsKnownByARegistration(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{
		Site: 1, Phone: phone, Code: w.code(t, phone, account.ForRegister),
		From: account.Origin{Subnet: "192.0.2.0/24", Network: "192.0.2.0/24"},
	})
	fatal(t, err)
	var until time.Time
	fatal(t, w.pool.QueryRow(t.Context(), "SELECT ends_at FROM budgets WHERE scope = 'asker_known'").Scan(&until))
	if want := w.now().Add(30 * 24 * time.Hour); !until.Equal(want) {
		t.Errorf("known until %v, want %v", until, want)
	}
}

// TestTriesAreAskedForAgain: of very many guesses at once, the right one may be compared before the
// wrong ones are counted. If the wrong ones have been counted by the time at which the code is
// spent, the right guess is refused.
func TestTriesAreAskedForAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForRegister)
	counting, err := w.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = counting.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = counting.Exec(t.Context(), "UPDATE one_time_codes SET tries = 5")
	fatal(t, err)
	// The code is compared at once, because the new count is not committed yet.
	registered := pgtest.Blocked(t, w.pool, func() error { return w.registerPhone(t, code) })
	fatal(t, counting.Commit(t.Context()))
	expect(t, registered(), refusal.CodeExhausted)
	if n := w.count(t, "users"); n != 0 {
		t.Errorf("%d users, want 0", n)
	}
}
