package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image/png"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/server"
)

type captchaData struct {
	Off     bool   `json:"captcha_off"`
	ID      string `json:"captcha_id"`
	Captcha string `json:"captcha"`
}

func TestCaptcha(t *testing.T) {
	t.Parallel()
	images, err := captcha.NewImages(captcha.Config{Secret: make([]byte, 32)})
	fatal(t, err)
	c := real(t, func(cfg *server.Config) { cfg.Captcha = images })
	var got captchaData
	c.get("/api/captcha").into(t, &got)
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

// TestCaptchaFault: an operation that lists no 503 never answers one.
func TestCaptchaFault(t *testing.T) {
	t.Parallel()
	cfg, lines := server.StageConfig(t), &journal{}
	cfg.Logger = slog.New(slog.NewJSONHandler(lines, nil))
	c := rehearse(t, server.Play(t, cfg, func(context.Context) error { return errors.Join(context.DeadlineExceeded) }))
	c.get("/api/captcha").is(t, http.StatusInternalServerError, "internal")
	if text := lines.String(); !strings.Contains(text, "the contract does not list unavailable here") || !strings.Contains(text, "deadline exceeded") {
		t.Errorf("the log: %s", text)
	}
}
