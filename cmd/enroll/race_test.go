package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/test/captchatest"
	"github.com/enroll-project/enroll/test/pgtest"
)

// twins are two or more processes on one database, and the SMS gateway of all of them.
type twins struct {
	*testing.T
	processes []*process
	session   *pgx.Conn
	mu        sync.Mutex
	texts     []text // that were sent
}

// text is a code on its way to a phone.
type text struct{ Phone, Code string }

const twinSecret = "the secret of both, 32 bytes or more"

func newTwins(t *testing.T, environ ...string) *twins {
	t.Helper()
	return twinsOn(t, pgtest.URL(t), environ...)
}

// twinsOn starts two processes on a given database.
func twinsOn(t *testing.T, url string, environ ...string) *twins {
	t.Helper()
	return processesOn(t, 2, url, environ...)
}

// processesOn starts n processes on a given database.
func processesOn(t *testing.T, n int, url string, environ ...string) *twins {
	t.Helper()
	w := &twins{T: t, processes: make([]*process, n)}
	gateway := httptest.NewServer(http.HandlerFunc(w.text))
	t.Cleanup(gateway.Close)
	environ = append(environ, "ENROLL_DATABASE_URL="+url, "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_SECRET="+base64.StdEncoding.EncodeToString([]byte(twinSecret)), "ENROLL_SMS=webhook",
		"ENROLL_SMS_WEBHOOK_URL="+gateway.URL,
		"ENROLL_SMS_WEBHOOK_SECRET=whsec_"+base64.StdEncoding.EncodeToString([]byte(twinSecret)))
	for i := range w.processes {
		w.processes[i] = start(t, []string{"serve", "--dev"}, environ...)
	}
	var err error
	if w.session, err = pgx.Connect(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *twins) text(_ http.ResponseWriter, r *http.Request) {
	var event struct{ Data text }
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		w.Error(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, event.Data)
}

func (w *twins) sent() []text {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.texts
}

// later lets each phone request another code, as if the cooldown had passed.
func (w *twins) later() {
	w.Helper()
	w.exec("DELETE FROM budgets WHERE scope = 'cooldown'")
}

// exec changes the database directly, without one of the processes.
func (w *twins) exec(query string, args ...any) {
	w.Helper()
	if _, err := w.session.Exec(w.Context(), query, args...); err != nil {
		w.Fatal(err)
	}
}

// atOnce sends n requests that start together, to each process in turn. At most as many run at a time as
// there are connections. It counts the reasons of the answers, "" for success.
func (w *twins) atOnce(n int, path string, body func(i int) string, headers ...string) map[string]int {
	w.Helper()
	var (
		mu    sync.Mutex
		group sync.WaitGroup
		ends  = map[string]int{}
		begin = make(chan struct{})
	)
	for i := range n {
		group.Go(func() {
			<-begin
			a := w.processes[i%len(w.processes)].postUntilAdmitted(w.T, path, body(i), headers...)
			mu.Lock()
			defer mu.Unlock()
			ends[a.Reason]++
		})
	}
	close(begin)
	group.Wait()
	return ends
}

func (w *twins) wants(what string, got map[string]int, want map[string]int) {
	w.Helper()
	if !maps.Equal(got, want) {
		w.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestGuessesOnTwoProcesses: of 200 guesses at once five are compared (F-14). A new code brings
// five more, and the earlier wrong guesses stay counted. If the right code is among many wrong
// guesses, one request at most is let in.
func TestGuessesOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	guess := func(from int) func(i int) string {
		return func(i int) string { return fmt.Sprintf(`{"phone":"13800138000","code":"%06d"}`, from+i) }
	}
	ask := func() (code int) {
		w.later()
		w.wants("a code", w.atOnce(1, "/api/verify/phone", func(int) string { return `{"phone":"13800138000"}` }),
			map[string]int{"": 1})
		if _, err := fmt.Sscanf(w.sent()[len(w.sent())-1].Code, "%d", &code); err != nil {
			t.Fatal(err)
		}
		return code
	}
	for range 2 {
		wrong := 0 // 200 guesses, none of them the code
		if ask() < 500_000 {
			wrong = 500_000
		}
		w.wants("wrong guesses", w.atOnce(200, "/api/register", guess(wrong)),
			map[string]int{"code_wrong": 5, "code_exhausted": 195})
	}
	var failures int
	if err := w.session.QueryRow(t.Context(),
		"SELECT used FROM budgets WHERE scope = 'address_failures'").Scan(&failures); err != nil || failures != 10 {
		t.Errorf("%d failures are remembered, %v", failures, err)
	}
	right := ask()
	ends := w.atOnce(200, "/api/register", guess(max(right-100, 0)))
	if ends["code_wrong"] > 5 || ends[""] > 1 || ends["code_wrong"]+ends[""]+ends["code_exhausted"]+
		ends["code_expired"] != 200 {
		t.Errorf("guesses with the right one: %v", ends)
	}
}

// TestCodesOnTwoProcesses: of 500 requests at once for a code of one phone, one
// gets it (F-13). A phone gets five codes in an hour.
func TestCodesOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	for round := range 7 {
		want := map[string]int{"": 1, "code_too_soon": 499}
		switch {
		case round == 4:
			want = map[string]int{"": 1, "code_too_many": 499}
		case round > 4:
			want = map[string]int{"code_too_many": 500}
		}
		w.wants(fmt.Sprint("round ", round), w.atOnce(500, "/api/verify/phone",
			func(int) string { return `{"phone":"13800138000"}` }), want)
		w.later()
	}
	if n := len(w.sent()); n != 5 {
		t.Errorf("%d SMS were sent, want 5", n)
	}
}

// TestCaptchaOnTwoProcesses: of a hundred requests with one captcha, one is accepted (F-12).
func TestCaptchaOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := newTwins(t, "ENROLL_CAPTCHA=image")
	for round := range 3 {
		id, answer := solveImage(t, twinSecret, w.processes[0].api)
		ends := w.atOnce(100, "/api/register", func(i int) string {
			return fmt.Sprintf(`{"user_name":"racer-%d-%d","password":"MyPassword123","captcha_id":%q,"captcha":%q}`, round, i,
				id, answer)
		})
		w.wants("one captcha", ends, map[string]int{"": 1, "captcha_wrong": 99})
	}
}

// solveImage requests a captcha and reads its answer by the secret, as only a test can.
func solveImage(t *testing.T, secret, api string) (id, answer string) {
	t.Helper()
	_, body := get(t, api+"/api/captcha")
	var issued struct {
		Data struct {
			ID string `json:"captcha_id"`
		}
	}
	if err := json.Unmarshal([]byte(body), &issued); err != nil {
		t.Fatal(err)
	}
	answer, err := captchatest.Answer([]byte(secret), issued.Data.ID)
	if err != nil {
		t.Fatal(err)
	}
	return issued.Data.ID, answer
}
