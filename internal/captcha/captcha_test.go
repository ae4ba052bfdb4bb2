package captcha_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/captcha/picture"
)

const site = 1

// seededReader is a source of the same bytes in each run. It is safe for concurrent use.
type seededReader struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func seeded(seed byte) io.Reader {
	return &seededReader{src: rand.NewChaCha8([32]byte{seed})}
}

func (r *seededReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.src.Read(p)
}

// newImages returns Images of cfg, with a secret if cfg has none.
func newImages(t testing.TB, cfg captcha.Config) *captcha.Images {
	t.Helper()
	if cfg.Secret == nil {
		cfg.Secret = bytes.Repeat([]byte{1}, captcha.MinSecret)
	}
	c, err := captcha.NewImages(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func issue(t testing.TB, c *captcha.Images) captcha.Challenge {
	t.Helper()
	ch, err := c.Challenge(t.Context(), captcha.Scope{Site: site})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func open(t testing.TB, c *captcha.Images, id string) captcha.Opened {
	t.Helper()
	s, err := c.Open(captcha.Scope{Site: site}, id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decode(t testing.TB, data []byte) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNewImagesRefuses(t *testing.T) {
	t.Parallel()
	secret := bytes.Repeat([]byte{1}, 32)
	for name, tc := range map[string]struct {
		cfg captcha.Config
		ok  bool
	}{
		"default life":   {captcha.Config{Secret: secret}, true},
		"shortest life":  {captcha.Config{Secret: secret, Life: 2 * time.Minute}, true},
		"longest life":   {captcha.Config{Secret: secret, Life: 5 * time.Minute}, true},
		"no secret":      {captcha.Config{}, false},
		"short secret":   {captcha.Config{Secret: secret[1:]}, false},
		"life too short": {captcha.Config{Secret: secret, Life: 2*time.Minute - 1}, false},
		"life too long":  {captcha.Config{Secret: secret, Life: 5*time.Minute + 1}, false},
		"negative life":  {captcha.Config{Secret: secret, Life: -captcha.MinLife}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := captcha.NewImages(tc.cfg); (err == nil) != tc.ok {
				t.Errorf("error %v, want none: %t", err, tc.ok)
			}
		})
	}
}

func TestIssue(t *testing.T) {
	t.Parallel()
	c := newImages(t, captcha.Config{Rand: seeded(3)})
	seen := map[string]bool{}
	for range 30 {
		ch := issue(t, c)
		if len(ch.ID) != captcha.IDLen {
			t.Errorf("id of %d characters, want %d", len(ch.ID), captcha.IDLen)
		}
		if strings.Trim(ch.ID, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("id %q is not base64url", ch.ID)
		}
		if len(ch.Image) > picture.MaxSize || picture.MaxSize > 20<<10 {
			t.Errorf("image of %d bytes, bound %d", len(ch.Image), picture.MaxSize)
		}
		if got := decode(t, ch.Image).Bounds(); got != image.Rect(0, 0, picture.Width, picture.Height) {
			t.Errorf("image of %v", got)
		}
		if seen[ch.ID] || seen[string(ch.Image)] {
			t.Error("the same id or image twice")
		}
		seen[ch.ID], seen[string(ch.Image)] = true, true
	}
}

// TestImageShowsSomething: an image has some ink. The tests that compare a solver's answers would
// not notice an empty image.
func TestImageShowsSomething(t *testing.T) {
	t.Parallel()
	c := newImages(t, captcha.Config{Rand: seeded(4)})
	for range 20 {
		b := bitmapOf(decode(t, issue(t, c).Image), 1)
		// The filter removes the specks and leaves lines and digits.
		ink := b.median().count()
		if ink < 1500 || ink > b.w*b.h/2 {
			t.Errorf("%d pixels of ink of %d", ink, b.w*b.h)
		}
	}
}

func TestIssueFails(t *testing.T) {
	t.Parallel()
	t.Run("context canceled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := newImages(t, captcha.Config{}).Challenge(ctx, captcha.Scope{Site: site})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	})
	// Each of the three reads fails: seed (32 bytes), nonce (16), answer (6).
	for _, n := range []int64{0, 31, 32, 47, 48, 53} {
		broken := io.MultiReader(io.LimitReader(seeded(5), n), iotest.ErrReader(errBroken))
		c := newImages(t, captcha.Config{Rand: broken})
		if ch, err := c.Challenge(t.Context(), captcha.Scope{Site: site}); !errors.Is(err, errBroken) || ch.ID != "" {
			t.Errorf("after %d random bytes: id %q, error %v", n, ch.ID, err)
		}
	}
}

var errBroken = errors.New("broken source")

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := newImages(t, captcha.Config{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				ch, err := c.Challenge(t.Context(), captcha.Scope{Site: site})
				if err == nil {
					_, err = c.Open(captcha.Scope{Site: site}, ch.ID)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.FixedZone("", 8*3600))
	now := start
	c := newImages(t, captcha.Config{Now: func() time.Time { return now }, Life: captcha.MinLife})
	ch := issue(t, c)
	end := start.Add(captcha.MinLife).Truncate(time.Microsecond)
	if !ch.Expires.Equal(end) || ch.Expires.Location() != time.UTC {
		t.Errorf("expires %v, want %v in UTC", ch.Expires, end)
	}
	for _, tc := range []struct {
		at   time.Time
		want error
	}{
		{start, nil},
		{end.Add(-1), nil},
		{end, captcha.ErrExpired},
		{end.Add(1), captcha.ErrExpired},
		{end.AddDate(1, 0, 0), captcha.ErrExpired},
	} {
		now = tc.at
		s, err := c.Open(captcha.Scope{Site: site}, ch.ID)
		if !errors.Is(err, tc.want) {
			t.Errorf("%v after the end: error %v, want %v", tc.at.Sub(end), err, tc.want)
		}
		if err == nil && !s.Expires().Equal(ch.Expires) {
			t.Errorf("sealed expiry %v, want %v", s.Expires(), ch.Expires)
		}
	}
	if _, err := c.Open(captcha.Scope{Site: site + 1}, ch.ID); !errors.Is(err, captcha.ErrUnknown) {
		t.Errorf("expired and of another site: error %v, want ErrUnknown", err)
	}
}

func BenchmarkIssue(b *testing.B) {
	c := newImages(b, captcha.Config{})
	b.ReportAllocs()
	for b.Loop() {
		issue(b, c)
	}
}

func BenchmarkOpen(b *testing.B) {
	c := newImages(b, captcha.Config{})
	id := issue(b, c).ID
	b.ReportAllocs()
	for b.Loop() {
		open(b, c, id)
	}
}
