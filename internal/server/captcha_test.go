package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image/png"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/test/captchatest"
	"github.com/enroll-project/enroll/test/pgtest"
)

type captchaData struct {
	Off     bool   `json:"captcha_off"`
	ID      string `json:"captcha_id"`
	Captcha string `json:"captcha"`
}

func TestCaptcha(t *testing.T) {
	t.Parallel()
	var got captchaData
	deploy(t, options{captcha: true}).get("/api/captcha").into(t, &got)
	picture, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(got.Captcha, "data:image/png;base64,"))
	fatal(t, err)
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil || got.Off || len(got.ID) == 0 {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestCaptchaOff(t *testing.T) {
	t.Parallel()
	a := real(t).get("/api/captcha")
	if string(a.Data) != `{"captcha_off":true}` {
		t.Errorf("data: %s", a.Data)
	}
}

// TestUnlistedReason: an operation never answers a reason that it does not list.
func TestUnlistedReason(t *testing.T) {
	t.Parallel()
	cfg, lines := server.FakeConfig(t), &journal{}
	cfg.Logger = slog.New(slog.NewJSONHandler(lines, nil))
	full := &refusal.Error{Reason: refusal.Busy, Err: errors.New("the queue is full")}
	c := newFakeClient(t, server.Fake(t, cfg, func(context.Context) error { return full }))
	ask(t, c, cfg, "getUserDetail").is(t, http.StatusInternalServerError, "internal")
	if text := lines.String(); !strings.Contains(text, "the contract does not list busy here") ||
		!strings.Contains(text, "the queue is full") {
		t.Errorf("the log: %s", text)
	}
}

// TestCaptchaIsCounted: a client network that leaves its captchas unsolved is refused further ones,
// with a time to wait. A captcha that cannot be counted is not issued.
func TestCaptchaIsCounted(t *testing.T) {
	t.Parallel()
	proxies, err := limit.ParseProxies("127.0.0.0/8")
	fatal(t, err)
	pool := pgtest.Fresh(t)
	d := deploy(t, options{pool: pool, captcha: true, proxies: proxies, limits: account.Limits{CaptchasPerNetwork: 5}})
	here, elsewhere := []string{"X-Forwarded-For", "192.0.2.1"}, []string{"X-Forwarded-For", "203.0.113.1"}
	id, _ := d.solveFrom("/api/captcha", here...)
	d.get(audio(id), here...).is(d, 200, "")
	for _, path := range []string{"/api/captcha", audio(id)} {
		if a := d.get(path, here...); a.status != 429 || a.Reason != "rate_limited" || a.header.Get("Retry-After") != "3600" {
			t.Errorf("%s: %d %s, Retry-After %s", path, a.status, a.Reason, a.header.Get("Retry-After"))
		}
	}
	d.get("/api/captcha", elsewhere...).is(d, 200, "")
	pool.Close()
	d.get("/api/captcha", elsewhere...).is(d, 503, "unavailable")
	d.get(audio(id), elsewhere...).is(d, 503, "unavailable")
}

// TestCaptchaOfWork: the answer with a proof of work has no member for a picture, not even an empty one.
func TestCaptchaOfWork(t *testing.T) {
	t.Parallel()
	var got map[string]any
	deploy(t, options{captchas: captcha.KindPoW}).get("/api/captcha").into(t, &got)
	if picture, has := got["captcha"]; has || got["captcha_type"] != "pow" {
		t.Errorf("type %v, picture %v", got["captcha_type"], picture)
	}
}

// TestCaptchaOfBoth: a picture with a proof of work needs both.
func TestCaptchaOfBoth(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{captcha: true, captchas: captcha.KindImagePoW})
	var got struct {
		Type    string `json:"captcha_type"`
		ID      string `json:"captcha_id"`
		Captcha string
		Salt    string
		Bits    int
		Puzzles int
	}
	solve := func() (digits, proof string) {
		d.get("/api/captcha").into(t, &got)
		digits, err := captchatest.Answer(make([]byte, 32), got.ID)
		fatal(t, err)
		proof, err = captchatest.Work(got.Salt, got.Bits, got.Puzzles)
		fatal(t, err)
		return digits, proof
	}
	digits, _ := solve()
	if got.Type != "image+pow" || got.Bits != captcha.LeastBits ||
		!strings.HasPrefix(got.Captcha, "data:image/png;base64,") {
		t.Errorf("%+v", got)
	}
	d.post("/api/register", alice.with("captcha_id", got.ID).with("captcha", digits)).
		is(d, 422, "captcha_wrong", "captcha captcha_wrong")
	_, proof := solve()
	d.post("/api/register", alice.with("captcha_id", got.ID).with("captcha", ":"+proof)).
		is(d, 422, "captcha_wrong", "captcha captcha_wrong")
	digits, proof = solve()
	d.post("/api/register", alice.with("captcha_id", got.ID).with("captcha", digits+":"+proof)).is(d, 200, "")
}

// TestCaptchaHoldsWhereItWasAskedFor: a right answer is refused as wrong in another network, and
// for another operation than the captcha was requested for.
func TestCaptchaHoldsWhereItWasAskedFor(t *testing.T) {
	t.Parallel()
	proxies, err := limit.ParseProxies("127.0.0.0/8")
	fatal(t, err)
	d := deploy(t, options{captcha: true, proxies: proxies})
	from := func(address string) []string { return []string{"X-Forwarded-For", address} }
	with := func(id, answer string) body { return alice.with("captcha_id", id).with("captcha", answer) }
	here, near, elsewhere := from("192.0.2.1"), from("192.0.2.200"), from("203.0.113.1")

	id, answer := d.solveFrom("/api/captcha", here...)
	d.get(audio(id), elsewhere...).is(d, 422, "captcha_wrong", "captcha_id captcha_wrong")
	d.get(audio(id), near...).is(d, 200, "")
	d.post("/api/register", with(id, answer), elsewhere...).is(d, 422, "captcha_wrong", "captcha captcha_wrong")
	d.post("/api/register", with(id, answer), near...).is(d, 200, "")

	id, answer = d.solveFrom("/api/captcha?operation=login", here...)
	d.get(audio(id), here...).is(d, 200, "")
	d.post("/api/register", with(id, answer), here...).is(d, 422, "captcha_wrong", "captcha captcha_wrong")
	d.post("/api/login", with(id, answer), here...).is(d, 200, "")
	d.get("/api/captcha?operation=fly").is(d, 400, "invalid_request", "operation bad_format")
}

// stuck is a source of randomness that blocks until it is closed.
type stuck chan struct{}

func (s stuck) Read(p []byte) (int, error) {
	<-s
	return len(p), nil
}

// TestCaptchaBusy: a picture or a sound that cannot be made in time is refused at once.
// Every admitted request is served.
func TestCaptchaBusy(t *testing.T) {
	t.Parallel()
	random := make(stuck)
	d := deploy(t, options{captcha: true, captchaRand: random})
	// All requests but one wait for the randomness. The one that comes last is refused.
	first, all := make(chan answer), runtime.GOMAXPROCS(0)*(1+captcha.DrawingQueue)+1
	for range all {
		go func() { first <- d.get("/api/captcha") }()
	}
	(<-first).is(d, 503, "busy")
	close(random)
	for range all - 1 {
		if a := <-first; a.Reason == "busy" {
			t.Error("one that was admitted is refused")
		}
	}
	id, _ := d.solve()
	for range 50 { // in some rounds all sounds may be made in time, but not in fifty
		ends := map[string]int{}
		for range 64 {
			go func() { first <- d.get(audio(id)) }()
		}
		for range 64 {
			ends[(<-first).Reason]++
		}
		if ends[""]+ends["busy"] != 64 || ends[""] == 0 {
			t.Fatalf("ends: %v", ends)
		}
		if ends["busy"] > 0 {
			return
		}
	}
	t.Error("of 64 sounds at once none was refused, fifty times")
}
