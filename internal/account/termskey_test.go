package account_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/test/pgtest"
)

// agreeing is a registration with a key that accepts a version.
func agreeing(version string) account.Registration {
	r := keyed()
	r.AcceptedTerms, r.Locale = version, "en"
	return r
}

// TestTermsOfAReplay: a repetition gets the same user even from a service with another version, or with none (I5). The
// time and the language of the first request stay, and the audit log has no entry.
func TestTermsOfAReplay(t *testing.T) {
	t.Parallel()
	w := setup(t, withTerms("1"))
	first, err := w.Register(t.Context(), agreeing("1"))
	fatal(t, err)
	stored := w.accepted(t, first.User.ID)
	for name, service := range map[string]*world{
		"the same version": w, "another version": on(t, w.pool, w.clock, withTerms("2")), "none": on(t, w.pool, w.clock),
	} {
		w.clock.advance(time.Hour)
		r := agreeing("1")
		r.Locale = "zh-CN"
		again, err := service.Register(t.Context(), r)
		if err != nil {
			t.Errorf("%s: %v", name, refusals(err))
			continue
		}
		if again.User.ID != first.User.ID || again.Token == "" || again.User.Accepted != first.User.Accepted {
			t.Errorf("%s: %+v, first %+v", name, again.User, first.User)
		}
		if got := w.accepted(t, first.User.ID); got != stored || w.count(t, "audit_entries") != 0 {
			t.Errorf("%s: %q is stored, want %q; or the log has an entry", name, got, stored)
		}
	}
}

// TestTermsWithKey: a registration with a key needs the version, too. The refusal spends no captcha and releases the
// key, so that the same key serves for the registration that accepts it. A repetition
// of a registration that accepted an earlier version is answered.
func TestTermsWithKey(t *testing.T) {
	t.Parallel()
	plain := setup(t)
	w := on(t, plain.pool, plain.clock, asking(newImages(t, plain.clock)), withTerms("2"))
	proof := w.solve(t, account.CaptchaRequest{Site: 1})
	for accepts, want := range map[string]refusal.Reason{"": refusal.TermsRequired, "1": refusal.TermsOutdated} {
		r := agreeing(accepts)
		r.Proof = proof
		_, err := w.Register(t.Context(), r)
		expect(t, err, want)
	}
	if n := w.count(t, "users") + w.count(t, "idempotency_keys"); n != 0 {
		t.Errorf("%d users and keys after the refusals", n)
	}
	r := agreeing("2")
	r.Proof = proof
	in, err := w.Register(t.Context(), r)
	fatal(t, err)
	if in.User.Accepted != (terms.Acceptance{Version: "2", Language: "en", At: w.clock.Now()}) {
		t.Errorf("%+v", in.User.Accepted)
	}
	// A registration at a service with the earlier version, repeated at the one with captchas.
	old := on(t, w.pool, w.clock, withTerms("1"))
	r = agreeing("1")
	r.UserName, r.IdempotencyKey = "bob", "key-2"
	bob, err := old.Register(t.Context(), r)
	fatal(t, err)
	r.Proof = w.solve(t, account.CaptchaRequest{Site: 1})
	again, err := w.Register(t.Context(), r)
	if fatal(t, err); again.User.ID != bob.User.ID {
		t.Errorf("user %d, then %d", bob.User.ID, again.User.ID)
	}
}

// TestTermsAfterACrash: an attempt has claimed its key and has inserted nothing. A later one is a new registration, so
// it needs the version of today.
func TestTermsAfterACrash(t *testing.T) {
	t.Parallel()
	w := crashed(t)
	w.clock.advance(10 * time.Second)
	_, err := on(t, w.pool, w.clock, withTerms("2")).Register(t.Context(), keyed())
	expect(t, err, refusal.TermsRequired)
	if n := w.count(t, "users") + w.count(t, "idempotency_keys"); n != 0 {
		t.Errorf("%d users and keys after the refusal", n)
	}
}

// TestTermsWithOtherFields: a person learns about the terms together with the other fields, whether the request has a
// key or not.
func TestTermsWithOtherFields(t *testing.T) {
	t.Parallel()
	w := setup(t, withTerms("2"))
	for _, key := range []string{"", "key-1"} {
		_, err := w.Register(t.Context(), account.Registration{
			Site: 1, UserName: "a", Password: goodPassword, IdempotencyKey: key,
		})
		if all := refusals(err); len(all) != 2 || !slices.Contains(all, "accepted_terms: terms_required") {
			t.Errorf("key %q: %v", key, all)
		}
	}
}

// TestTermsOfLoginsAtOnce: of two logins at once that accept the same version, the first one is stored. The second
// one begins its session, shows what the first has stored, and adds no entry to the audit log.
func TestTermsOfLoginsAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t, withTerms("2"))
	in, err := on(t, w.pool, w.clock).Register(t.Context(), account.Registration{
		Site: 1, UserName: "alice", Password: goodPassword,
	})
	fatal(t, err)
	sessions := w.count(t, "sessions")
	other := terms.Acceptance{Version: "2", Language: "zh-CN", At: w.clock.Now()}
	first, err := w.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = first.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = first.Exec(t.Context(), `UPDATE users SET terms_version = $1, terms_at = $2, terms_language = $3`,
		other.Version, other.At, other.Language)
	fatal(t, err)
	w.clock.advance(time.Minute)
	var second holder.SignedIn
	ended := pgtest.Blocked(t, w.pool, func() (err error) {
		second, err = w.Login(t.Context(), account.Login{
			Site: 1, UserName: "alice", Password: goodPassword, AcceptedTerms: "2", Locale: "en",
		})
		return err
	})
	fatal(t, first.Commit(t.Context()))
	fatal(t, ended())
	if second.User.ID != in.User.ID || second.Token == "" || second.User.Accepted != other {
		t.Errorf("%+v, want %+v", second.User, other)
	}
	if got, want := w.accepted(t, in.User.ID), "2 "+other.At.Format(time.DateTime)+" zh-CN"; got != want {
		t.Errorf("%q is stored, want %q", got, want)
	}
	if w.count(t, "audit_entries") != 0 || w.count(t, "sessions") != sessions+1 {
		t.Error("the second login has an entry in the log, or no session")
	}
}
