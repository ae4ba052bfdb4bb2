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

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/server"
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

// TestCaptchaInternalError: an operation that lists no 503 never answers one.
func TestCaptchaInternalError(t *testing.T) {
	t.Parallel()
	cfg, lines := server.FakeConfig(t), &journal{}
	cfg.Logger = slog.New(slog.NewJSONHandler(lines, nil))
	c := newFakeClient(t, server.Fake(t, cfg,
		func(context.Context) error { return errors.Join(context.DeadlineExceeded) }))
	c.get("/api/captcha").is(t, http.StatusInternalServerError, "internal")
	if text := lines.String(); !strings.Contains(text, "the contract does not list unavailable here") ||
		!strings.Contains(text, "deadline exceeded") {
		t.Errorf("the log: %s", text)
	}
}

// TestCaptchaHoldsWhereItWasAskedFor: another network, or another operation than the
// one that was named, makes a right answer wrong.
func TestCaptchaHoldsWhereItWasAskedFor(t *testing.T) {
	t.Parallel()
	proxies, err := limit.ParseProxies("127.0.0.0/8")
	fatal(t, err)
	d := deploy(t, options{captcha: true, proxies: proxies})
	from := func(address string) []string { return []string{"X-Forwarded-For", address} }
	with := func(id, answer string) body { return alice.with("captcha_id", id).with("captcha", answer) }
	here, near, elsewhere := from("192.0.2.1"), from("192.0.2.200"), from("203.0.113.1")

	id, answer := d.solveFrom("/api/captcha", here...)
	d.get("/api/captcha/audio?captcha_id="+id, elsewhere...).is(d, 422, "captcha_wrong", "captcha_id captcha_wrong")
	d.get("/api/captcha/audio?captcha_id="+id, near...).is(d, 200, "")
	d.post("/api/register", with(id, answer), elsewhere...).is(d, 422, "captcha_wrong", "captcha captcha_wrong")
	d.post("/api/register", with(id, answer), near...).is(d, 200, "")

	id, answer = d.solveFrom("/api/captcha?operation=login", here...)
	d.get("/api/captcha/audio?captcha_id="+id, here...).is(d, 200, "")
	d.post("/api/register", with(id, answer), here...).is(d, 422, "captcha_wrong", "captcha captcha_wrong")
	d.post("/api/login", with(id, answer), here...).is(d, 200, "")
	d.get("/api/captcha?operation=fly").is(d, 400, "invalid_request", "operation bad_format")
}

// stuck is a source of randomness that gives nothing before it is closed.
type stuck chan struct{}

func (s stuck) Read(p []byte) (int, error) {
	<-s
	return len(p), nil
}

// TestCaptchaBusy: beyond what can be drawn in time a picture is refused at once, and so
// is a sound. Every admitted request is served.
func TestCaptchaBusy(t *testing.T) {
	t.Parallel()
	random := make(stuck)
	d := deploy(t, options{captcha: true, captchaRand: random})
	// All but one wait for the randomness, whichever comes last.
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
	for range 50 { // a round in which all sounds are spoken in time is possible, fifty are not
		ends := map[string]int{}
		for range 64 {
			go func() { first <- d.get("/api/captcha/audio?captcha_id=" + id) }()
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
