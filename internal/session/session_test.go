package session_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/token"
)

// TestEnd ends sessions in each way, and checks which tokens are valid afterwards: that of the
// request, another one, and two of an earlier release, without a session.
func TestEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end                      func(w *world, own, other, oldOwn session.Live) error
		own, other, oldA, oldOne bool // live afterwards
	}{
		"nothing": {func(*world, session.Live, session.Live, session.Live) error { return nil }, true, true, true, true},
		"this": {func(w *world, own, _, _ session.Live) error { return w.EndThis(w.Context(), own) },
			false, true, true, true},
		"this, without a session": {func(w *world, _, _, old session.Live) error { return w.EndThis(w.Context(), old) },
			true, true, false, true},
		"another": {func(w *world, _, other, _ session.Live) error {
			ended, err := w.End(w.Context(), w.user.ID, other.ID)
			if again, _ := w.End(w.Context(), w.user.ID, other.ID); !ended || again {
				w.Error("a session was not ended, or twice")
			}
			return err
		}, true, false, true, true},
		"one of another user": {func(w *world, _, other, _ session.Live) error {
			ended, err := w.End(w.Context(), w.user.ID+1, other.ID)
			if ended {
				w.Error("a stranger has ended the session")
			}
			return err
		}, true, true, true, true},
		"the others": {func(w *world, own, _, _ session.Live) error {
			return w.EndOthers(w.Context(), own, session.Client{})
		}, true, false, false, false},
		"the others, without a session": {func(w *world, _, _, old session.Live) error {
			return w.EndOthers(w.Context(), old, session.Client{})
		}, false, false, true, false},
		"all": {func(w *world, _, _, _ session.Live) error { return w.EndAll(w.Context(), w.user.ID) },
			false, false, false, false},
		"by hand": {func(w *world, _, _, _ session.Live) error {
			w.exec("UPDATE users SET tokens_valid_from = $1", w.now.Add(time.Second))
			return nil
		}, false, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			own, other, oldA, oldOne := w.login(), w.login(), w.old(), w.old()
			w.fatal(test.end(w, w.live(own), w.live(other), w.live(oldA)))
			for raw, want := range map[string]bool{own: test.own, other: test.other, oldA: test.oldA, oldOne: test.oldOne} {
				if _, err := w.check(raw); want && err != nil || !want && !errors.Is(err, session.ErrEnded) {
					t.Errorf("want live %t: %v", want, err)
				}
			}
			w.now = w.now.Add(2 * time.Second)
			w.live(w.login()) // what was ended stays ended, and a new login is good
		})
	}
}

// TestEndsOthersOnlyOfALiveSession: a session that was ended meanwhile cannot end others, and the
// attempt does not make it live again.
func TestEndsOthersOnlyOfALiveSession(t *testing.T) {
	t.Parallel()
	w := setup(t)
	own, other, old := w.login(), w.login(), w.old()
	stale, staleOld := w.live(own), w.live(old)
	w.fatal(w.EndAll(t.Context(), w.user.ID))
	for _, live := range []session.Live{stale, staleOld} {
		if err := w.EndOthers(t.Context(), live, session.Client{}); !errors.Is(err, session.ErrEnded) {
			t.Errorf("an ended session has ended others: %v", err)
		}
	}
	for _, raw := range []string{own, other, old} {
		w.ended(raw)
	}
}

// TestCrowdedOut: a login that exceeds the number of sessions ends the least recently used one for good, also if
// its token is one without a claim sid, which without a row would be valid.
func TestCrowdedOut(t *testing.T) {
	t.Parallel()
	w := setup(t)
	old := w.old()
	w.now = w.now.Add(life - time.Minute)
	renewed := w.renewed(old)
	for range session.MaxLive {
		w.live(old)
		w.now = w.now.Add(time.Millisecond)
		w.login()
	}
	w.ended(old)
	w.ended(renewed)
}

// TestRenewal: a session lives as long as it is used, up to its maximum, and a purge deletes no session
// that is still live.
func TestRenewal(t *testing.T) {
	t.Parallel()
	w := setup(t)
	first, raw := w.now, w.login()
	if fresh, err := w.Renew(t.Context(), w.live(raw), session.Client{}); fresh != "" || err != nil {
		t.Errorf("a new token is renewed as %q, %v", fresh, err)
	}
	renewals := 0
	for w.now.Before(first.Add(maximum)) {
		fresh, err := w.Renew(t.Context(), w.live(raw), session.Client{})
		w.fatal(err)
		if fresh != "" {
			raw, renewals = fresh, renewals+1
		}
		_, err = w.Purge(t.Context())
		w.fatal(err)
		w.now = w.now.Add(20 * time.Minute)
	}
	claims, err := w.tokens.Parse(raw)
	w.fatal(err)
	// Renewals are due after 23 h, 46 h and 69 h. The last token is cut to the maximum.
	if renewals != 3 || !claims.ExpiresAt.Equal(first.Add(maximum)) {
		t.Errorf("%d renewals, until %v", renewals, claims.ExpiresAt)
	}
	w.ended(raw)
	w.now = w.now.Add(2 * time.Hour)
	if _, err := w.Purge(t.Context()); err != nil || w.count("sessions") != 0 {
		t.Errorf("%d sessions after the purge, %v", w.count("sessions"), err)
	}
}

// TestShorterMaximum: a maximum that was lowered holds for tokens that were signed before.
func TestShorterMaximum(t *testing.T) {
	t.Parallel()
	w := setup(t)
	raw := w.login()
	w.exec("UPDATE sessions SET created_at = created_at - $1::interval", maximum)
	w.ended(raw)
}

// TestUseIsNotedOnceAnHour: checks write at most once an hour, and renewals once in their window.
func TestUseIsNotedOnceAnHour(t *testing.T) {
	t.Parallel()
	w := setup(t)
	raw, begun := w.login(), w.now
	version := func() (xmin string) {
		w.fatal(w.pool.QueryRow(t.Context(), "SELECT xmin::text FROM sessions").Scan(&xmin))
		return xmin
	}
	first := version()
	w.now = begun.Add(59 * time.Minute)
	w.live(raw)
	if version() != first {
		t.Error("a use was noted within the hour")
	}
	w.now = begun.Add(60 * time.Minute)
	w.live(raw)
	if version() == first || w.count("sessions WHERE used_at = $1", w.now) != 1 {
		t.Error("the use was not noted after an hour")
	}
	w.now = begun.Add(23*time.Hour + time.Minute)
	w.renewed(raw)
	second := version()
	w.now = w.now.Add(40 * time.Minute)
	w.renewed(raw)
	if version() != second {
		t.Error("a second renewal in the same hour wrote")
	}
}

// TestOldToken: a token of an earlier release is good until it expires. Its renewal stores one session, which can
// be ended. Then neither the old token nor the new one can be renewed.
func TestOldToken(t *testing.T) {
	t.Parallel()
	w := setup(t)
	raw := w.old()
	if w.live(raw); w.count("sessions") != 0 {
		t.Error("a check has written a session")
	}
	issued := w.now.Truncate(time.Second)
	w.now = w.now.Add(life - time.Minute)
	fresh := w.renewed(raw)
	w.renewed(raw) // by a client that has lost the answer
	if began := w.live(fresh).Began(); !began.Equal(issued) {
		t.Errorf("a token of %v looks like a login of %v", issued, began)
	}
	claims, err := w.tokens.Parse(fresh)
	w.fatal(err)
	if w.count("sessions") != 1 || claims.SessionID == "" {
		t.Errorf("%d sessions of %+v", w.count("sessions"), claims)
	}
	checked := w.live(raw)
	w.fatal(w.EndThis(t.Context(), w.live(fresh)))
	w.ended(raw)
	w.ended(fresh)
	if again, err := w.Renew(t.Context(), checked, session.Client{}); err != nil {
		t.Error(err)
	} else if again != "" { // signed for the session that has ended
		w.ended(again)
	}
	w.now = w.now.Add(90 * time.Second)
	if _, err := w.check(raw); !errors.Is(err, token.ErrExpired) {
		t.Errorf("after its end: %v", err)
	}
}

// TestList shows the live sessions of a user, and no more than a user may have.
func TestList(t *testing.T) {
	t.Parallel()
	w := setup(t)
	var first string
	for i := range session.MaxLive + 2 {
		if raw := w.login(); i == 0 {
			first = raw
		}
		w.now = w.now.Add(time.Second)
	}
	w.ended(first)
	list, err := w.List(t.Context(), w.user.ID)
	w.fatal(err)
	if len(list) != session.MaxLive || list[0].Agent != "curl" || list[0].Network != "192.0.2.0/24" ||
		!list[0].UsedAt.After(list[1].UsedAt) {
		t.Errorf("%d sessions, first %+v", len(list), list[0])
	}
	if _, err := w.End(t.Context(), w.user.ID, list[0].ID); err != nil {
		t.Error(err)
	}
	shorter, err := w.List(t.Context(), w.user.ID)
	if w.fatal(err); len(shorter) != len(list)-1 || shorter[0] != list[1] {
		t.Errorf("an ended session is listed: %+v", shorter[0])
	}
	if w.now = w.now.Add(maximum); w.count("sessions WHERE ended_at IS NULL") != len(shorter) {
		t.Error("the test needs sessions that are left")
	}
	if _, err := w.pool.Exec(t.Context(), "UPDATE sessions SET expires_at = $1", w.now.Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if left, err := w.List(t.Context(), w.user.ID); err != nil || len(left) != 0 {
		t.Errorf("%d sessions are listed that are older than one may be, %v", len(left), err)
	}
	// One was ended, and two made room for others.
	if n := w.count("sessions WHERE ended_at IS NOT NULL AND network = '' AND agent = ''"); n != 3 {
		t.Errorf("%d ended sessions have forgotten their client, want 3", n)
	}
}

// TestWords: a person recognizes a client; no version, model or other text of the header is kept.
func TestWords(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " +
		"Chrome/142.0.0.0 Safari/537.36"
	for header, want := range map[string]string{
		chrome:                  "Chrome, Windows",
		chrome + " Edg/142.0.0": "Edge, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 " +
			"Mobile/15E148 Safari/604.1": "Safari, iPhone",
		"Mozilla/5.0 (Linux; Android 15; PKG110) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 " +
			"MicroMessenger/8.0.61": "WeChat, Android",
		"Firefox/140.0":                "Firefox",
		"okhttp/5.1.0":                 "okhttp",
		"enroll-go/0.2":                "enroll-go",
		"":                             "",
		"Mozilla/5.0 (compatible)":     "",
		"<script>alert(1)</script>":    "",
		strings.Repeat("a", 33) + "/1": "",
		"alice@example.com":            "",
		"\x00\xff":                     "",
	} {
		start, err := w.Begin(life, session.Client{UserAgent: header})
		w.fatal(err)
		if got := session.AgentOf(start); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

// TestTokenOfAnEarlierUser: a token without a claim sid that is older than its user is of a user that
// had the id before a restore of the database. A token of the same second may be the user's own.
func TestTokenOfAnEarlierUser(t *testing.T) {
	t.Parallel()
	w := setup(t)
	raw := w.old()
	w.exec("UPDATE users SET created_at = $1", w.now.Add(999*time.Millisecond))
	w.live(raw)
	w.exec("UPDATE users SET created_at = $1", w.now.Add(time.Second))
	w.ended(raw)
}
