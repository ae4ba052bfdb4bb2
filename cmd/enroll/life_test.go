package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/test/pgtest"
)

const (
	mostLifeRounds = 200
	// lifeAtOnce is how many rounds run at a time: enough that no core waits for a round's slowest
	// request, and few enough that the requests of a round meet.
	lifeAtOnce = 4
	// firstLife is the id of the first user. It has many digits, so that a search of a dump finds no other number.
	firstLife     = int64(7654321000)
	lifePassword  = "MyPassword123"
	freshPassword = "another good one"
)

// lifeRounds is how many rounds each race of TestLifeOnFourProcesses has, each with a user of its own: 40, or as many
// as the flag -contests says. `make contests` has 200, which took two minutes of hashing alone.
func lifeRounds() int { return min(max(40, *contests), mostLifeRounds) }

// lives are four processes and users with a phone and a verified email, all with one password.
type lives struct {
	*twins
	// ahead is a service with the same settings. The test calls its purge to delete users.
	ahead *account.Service
	// One purge runs at a time, and one statement of the test's own connection.
	purge, connection sync.Mutex
	// old signs tokens as an earlier release did: without a session, and in the last hour of their life.
	old     *token.Signer
	picture string // a form with a picture
	media   string // the form's type
}

func lifeName(i int) string  { return fmt.Sprintf("canary-%d", i) }
func lifeEmail(i int) string { return fmt.Sprintf("canary-%d@example.com", i) }
func lifePhone(i int) string { return fmt.Sprintf("138%04d0000", i) }

func newLives(t *testing.T, users int) *lives {
	t.Helper()
	url := pgtest.URL(t)
	environ := []string{
		"ENROLL_DELETE_AFTER=0s", "ENROLL_TOKEN_SECRET=" + strings.Repeat("x", 32), "ENROLL_LIMIT_LOGIN_ACCOUNT=off",
		"ENROLL_LIMIT_SMS_DAY=off",
		"ENROLL_LIMIT_SMS_PREFIX=off", "ENROLL_LIMIT_MAIL_DAY=off", "ENROLL_LIMIT_MAIL_DOMAIN=off",
	}
	w := &lives{twins: processesOn(t, 4, url, environ...)}
	c, err := settings.Read(true, append(environ, "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_SECRET="+base64.StdEncoding.EncodeToString([]byte(twinSecret))))
	w.fatal(err)
	now := time.Now()
	w.old, err = newTokens(c, func() time.Time { return now.Add(-c.TokenTTL + 30*time.Minute) })
	w.fatal(err)
	s, err := newService(c, pgtest.Open(t, url), keysDone, time.Now, prometheus.NewRegistry(),
		slog.New(slog.DiscardHandler), 1)
	w.fatal(err)
	t.Cleanup(s.accounts.Close)
	w.ahead = s.accounts
	w.populate(users)
	w.form()
	return w
}

func (w *lives) fatal(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// populate registers one user and copies its row: hashing hundreds of passwords would take most of the
// test's time.
func (w *lives) populate(n int) {
	w.Helper()
	one := object("user_name", "canary", "password", lifePassword)
	if a := w.processes[0].post(w.T, "/api/register", one); a.Code != 0 {
		w.Fatalf("%+v", a)
	}
	var columns string
	w.fatal(w.session.QueryRow(w.Context(), `SELECT string_agg(quote_ident(column_name), ', ')
		FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name = 'users'`).Scan(&columns))
	w.exec("CREATE TEMPORARY TABLE crowd AS SELECT u.*, i FROM users AS u, generate_series(0, $1::integer - 1) AS i", n)
	w.exec(`UPDATE crowd SET id = $1::bigint + i, user_name = 'canary-' || i, user_name_key = 'canary-' || i,
		user_name_skeleton = 'canary-' || i, email = 'canary-' || i || '@example.com',
		email_key = 'canary-' || i || '@example.com', email_verified_at = now(),
		phone = '+86138' || lpad(i::text, 4, '0') || '0000', invite_code = invite_code || i,
		tokens_valid_from = NULL, created_at = now() - interval '1 year'`, firstLife)
	w.exec("DELETE FROM users")
	w.exec("INSERT INTO users (" + columns + ") OVERRIDING SYSTEM VALUE SELECT " + columns + " FROM crowd")
}

// form makes the picture that is uploaded.
func (w *lives) form() {
	w.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	part, err := parts.CreateFormFile("file", "picture.jpg")
	w.fatal(err)
	w.fatal(jpeg.Encode(part, image.NewRGBA(image.Rect(0, 0, 8, 8)), nil))
	w.fatal(parts.Close())
	w.picture, w.media = body.String(), parts.FormDataContentType()
}

// race runs rounds, each with its own user. first is the user of the first round.
func (w *lives) race(first, rounds int, round func(i int)) {
	w.Helper()
	var group sync.WaitGroup
	turns := make(chan struct{}, lifeAtOnce)
	for i := range rounds {
		turns <- struct{}{}
		group.Go(func() { defer func() { <-turns }(); round(first + i) })
	}
	group.Wait()
}

// step is one request of a round.
type step struct{ method, path, body, token string }

// took is the answer to a step, with all tokens in it.
type took struct {
	answer
	tokens []string
}

// together sends the steps of a round at once, each to the next process in turn, and
// repeats those that are refused as busy.
func (w *lives) together(round int, steps ...step) []took {
	w.Helper()
	begin, got := make(chan struct{}), make([]took, len(steps))
	var group sync.WaitGroup
	for i, s := range steps {
		group.Go(func() {
			<-begin
			for got[i].Reason = "busy"; got[i].Reason == "busy" && w.Context().Err() == nil; {
				got[i] = w.send(w.processes[(round+i)%len(w.processes)], s)
			}
		})
	}
	close(begin)
	group.Wait()
	for i, a := range got {
		if a.Status >= 500 {
			w.Errorf("%s %s: %d %s", steps[i].method, steps[i].path, a.Status, a.Reason)
		}
	}
	return got
}

func (w *lives) send(p *process, s step) (a took) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), s.method, p.api+s.path, strings.NewReader(s.body))
	w.fatal(err)
	r.Header.Set("Content-Type", "application/json")
	if s.body == w.picture {
		r.Header.Set("Content-Type", w.media)
	}
	if s.token != "" {
		r.Header.Set("Token", s.token)
	}
	res, err := p.client.Do(r)
	if err != nil {
		w.Error(err)
		return took{answer: answer{Reason: lost}}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || json.Unmarshal(text, &a.answer) != nil {
		w.Errorf("%s: %q, %v", s.path, text, err)
	}
	a.Status = res.StatusCode
	for _, t := range []any{res.Header.Get("Update-Token"), a.Data["token"]} {
		if t, _ := t.(string); t != "" {
			a.tokens = append(a.tokens, t)
		}
	}
	return a
}

// dead fails the test for each token that is still valid.
func (w *lives) dead(round int, answers ...took) {
	w.Helper()
	for _, a := range answers {
		for _, t := range a.tokens {
			s := step{"GET", "/api/user/sessions", "", t}
			if got := w.send(w.processes[round%len(w.processes)], s); got.Reason != "token_invalid" {
				w.Errorf("round %d: an earlier token is answered %d %q", round, got.Status, got.Reason)
			}
		}
	}
}

// reasons returns how often each reason was answered.
func reasons(answers ...took) map[string]int {
	n := map[string]int{}
	for _, a := range answers {
		n[a.Reason]++
	}
	return n
}

func login(i int, password string) step {
	return step{"POST", "/api/login", object("user_name", lifeName(i), "password", password), ""}
}

// reset is the request for a code to set a new password.
func reset(i int) step {
	return step{"POST", "/api/verify/phone", object("phone", lifePhone(i), "purpose", "reset"), ""}
}

// codes requests a code for each user and returns the codes by user. A code is sent after its answer. The budgets of
// earlier codes are removed, as if a day had passed.
func (w *lives) codes(first, rounds int, request func(i int) step) map[int]string {
	w.Helper()
	w.exec("DELETE FROM budgets")
	before := len(w.sent())
	w.race(first, rounds, func(i int) {
		if got := w.together(i, request(i)); got[0].Reason != "" {
			w.Errorf("the code of %d: %q", i, got[0].Reason)
		}
	})
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for len(w.sent()) < before+rounds {
		select {
		case <-tick.C:
		case <-w.Context().Done():
			w.Fatal("the codes do not come")
		}
	}
	codes := map[int]string{}
	for _, t := range w.sent()[before:] {
		var kind, i int
		if _, err := fmt.Sscanf(t.Phone, "+8613%1d%4d0000", &kind, &i); err != nil {
			w.Error(err)
		}
		codes[i] = t.Code
	}
	return codes
}

// TestLifeOnFourProcesses: 40 rounds each (see lifeRounds) of resets with one code, of a reset beside logins, and of a
// deletion beside all that a person does; and some rounds of right codes beside a deletion.
func TestLifeOnFourProcesses(t *testing.T) {
	t.Parallel()
	w := newLives(t, 3*lifeRounds()+codeRounds())
	w.resets(0)
	w.resetBesideLogins(lifeRounds())
	w.deletion(2 * lifeRounds())
	w.codesBesideDeletion(3*lifeRounds(), codeRounds())
}

// resets: of four resets with one code one wins, and its password is the one that logs in.
func (w *lives) resets(first int) {
	w.Helper()
	codes := w.codes(first, lifeRounds(), reset)
	w.race(first, lifeRounds(), func(i int) {
		steps := make([]step, len(w.processes))
		for n := range steps {
			steps[n] = step{"POST", "/api/password/reset", object("phone", lifePhone(i), "code", codes[i],
				"password", fmt.Sprint(freshPassword, n)), ""}
		}
		got := w.together(i, steps...)
		winner := slices.IndexFunc(got, func(a took) bool { return a.Reason == "" })
		if n := reasons(got...); n[""] != 1 || n["code_expired"] != 3 {
			w.Errorf("resets of %d: %v", i, n)
			return
		}
		if a := w.together(i, login(i, fmt.Sprint(freshPassword, winner))); a[0].Reason != "" {
			w.Errorf("the winner's password of %d: %q", i, a[0].Reason)
		}
	})
}

// resetBesideLogins: no session of a login by the old password survives the reset, whichever comes first.
func (w *lives) resetBesideLogins(first int) {
	w.Helper()
	codes := w.codes(first, lifeRounds(), reset)
	before, after := 0, 0
	var mu sync.Mutex
	w.race(first, lifeRounds(), func(i int) {
		set := step{"POST", "/api/password/reset", object("phone", lifePhone(i), "code", codes[i],
			"password", freshPassword), ""}
		old := w.sign(i)
		got := w.together(i, login(i, lifePassword), set, login(i, lifePassword), login(i, lifePassword),
			step{"GET", "/api/user/detail", "", old})
		if got[1].Reason != "" {
			w.Errorf("the reset of %d: %q", i, got[1].Reason)
		}
		w.dead(i, append(got, took{tokens: []string{old}})...)
		n := reasons(got[0], got[2], got[3])
		if n[""]+n["credentials_wrong"] != 3 {
			w.Errorf("logins of %d: %v", i, n)
		}
		mu.Lock()
		defer mu.Unlock()
		before, after = before+n[""], after+n["credentials_wrong"]
	})
	w.Logf("%d logins came before the reset and %d after it", before, after)
	if n := w.rows(fmt.Sprintf("sessions WHERE user_id BETWEEN %d AND %d", firstLife+int64(first),
		firstLife+int64(first+lifeRounds()-1))); n != 0 {
		w.Errorf("%d sessions survive, want 0", n)
	}
}

// sign returns an old token of a user. It is so old that a request renews it.
func (w *lives) sign(i int) string {
	w.Helper()
	signed, err := w.old.Sign(token.Subject{UserID: firstLife + int64(i), SiteID: 1}, 720*time.Hour)
	w.fatal(err)
	return signed
}

func (w *lives) rows(from string) (n int) {
	w.Helper()
	w.fatal(w.session.QueryRow(w.Context(), "SELECT count(*) FROM "+from).Scan(&n))
	return n
}

// everything is all that a person does with a token, and logins beside it.
func (w *lives) everything(i int, old string) []step {
	return []step{
		login(i, lifePassword),
		{"GET", "/api/user/detail", "", old}, // renews the token, which begins a session
		{"POST", "/api/user/detail", object("real_name", lifeName(i), "introduce", lifeName(i)), old},
		{"POST", "/api/user/detail", object("user_name", lifeName(i)+"x", "old_password", lifePassword), old},
		{"GET", "/api/user/sessions", "", old},
		{"DELETE", "/api/user/sessions", "", old}, // keeps its own session, whose row is stored again
		{"GET", "/api/user/export", "", old},
		{"POST", "/api/user/avatar", w.picture, old},
		{"GET", "/api/verify/email?state=verify&code=123456&email=" + lifeEmail(i), "", old},
		{"POST", "/api/login", object("phone", lifePhone(i), "code", "123456"), ""},
		{"POST", "/api/password/reset", object("email", lifeEmail(i), "code", "123456", "password", freshPassword), ""},
	}
}

// deletion: no token survives it, and no row of the person comes back, neither by requests beside the request
// for the deletion nor by requests beside the purge.
func (w *lives) deletion(first int) {
	w.Helper()
	// Each user has its row and two events: it was registered, and its email was verified.
	if n := len(w.traces(first, lifeRounds())); n != 3*lifeRounds() {
		w.Errorf("control: %d rows before", n)
	}
	w.race(first, lifeRounds(), func(i int) {
		old := w.sign(i)
		steps := append(w.everything(i, old), step{"POST", "/api/user/delete", object("password", lifePassword), old},
			step{"POST", "/api/verify/phone", object("phone", lifePhone(i), "purpose", "login"), ""},
			step{"POST", "/api/verify/email", object("email", lifeEmail(i), "state", "verify"), old})
		got := w.together(i, steps...)
		if a := got[len(steps)-3]; a.Reason != "" {
			w.Errorf("the deletion of %d: %q", i, a.Reason)
		}
		w.dead(i, append(got, took{tokens: []string{old}})...)
		w.besidePurge(i, w.everything(i, old)...)
	})
	w.gone(first, lifeRounds())
}

// besidePurge sends the steps beside the purge of a user whose deletion was requested. Each of them must be refused.
func (w *lives) besidePurge(i int, steps ...step) {
	w.Helper()
	// The purge deletes a user a minute after its time: by then no earlier request is in progress. This is as if that
	// minute had passed.
	w.connection.Lock()
	w.exec("UPDATE users SET delete_at = delete_at - interval '2 minutes' WHERE id = $1", firstLife+int64(i))
	w.exec("DELETE FROM notices WHERE user_id = $1", firstLife+int64(i)) // as if it had been sent
	w.connection.Unlock()
	done := make(chan error)
	go func() {
		w.purge.Lock()
		defer w.purge.Unlock()
		done <- w.ahead.PurgeDeleted(w.Context())
	}()
	for n, a := range w.together(i, steps...) {
		if a.Reason == "" {
			w.Errorf("%s of a deleted user: %v", steps[n].path, a.answer)
		}
	}
	if err := <-done; err != nil {
		w.Error(err)
	}
}

// gone purges a last time and fails the test for each row that the users of a race have left.
func (w *lives) gone(first, rounds int) {
	w.Helper()
	w.fatal(w.ahead.PurgeDeleted(w.Context()))
	for _, line := range w.traces(first, rounds) {
		// The audit log and the events keep the bare id, without the network.
		bare := strings.HasPrefix(line, "audit_entries ") || strings.HasPrefix(line, "events ")
		if !bare || strings.Contains(line, "127.0.0") {
			w.Errorf("left: %s", line)
		}
	}
}

// traces returns the rows of all tables that have an id, a name, an email or a phone of the users of a race.
func (w *lives) traces(first, rounds int) (lines []string) {
	w.Helper()
	people := make([]string, rounds)
	for n := range people {
		i := first + n
		people[n] = fmt.Sprintf(`canary-%d(\D|$)|\b%d\b|13[89]%04d0000\b`, i, firstLife+int64(i), i)
	}
	trace := regexp.MustCompile(strings.Join(people, "|"))
	rows, err := w.session.Query(w.Context(), `SELECT quote_ident(relname) FROM pg_class
		WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
	w.fatal(err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.fatal(err)
	for _, table := range tables {
		rows, err := w.session.Query(w.Context(), "SELECT '"+table+" ' || t::text FROM "+table+" AS t")
		w.fatal(err)
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		w.fatal(err)
		lines = append(lines, slices.DeleteFunc(texts, func(text string) bool { return !trace.MatchString(text) })...)
	}
	return lines
}
