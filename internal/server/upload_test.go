package server_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/enroll-project/enroll/internal/listener"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/test/pipe"
)

// upload is a client that sends a form of size bytes, piece bytes each second, and stops after most of
// them. The token may be left out. chunked hides the length.
type upload struct {
	size, piece, most int
	anonymous         bool
	chunked           bool
}

// play sends an upload to the fake handlers behind the limits of the real listener. It returns the status of
// the answer, 0 if the connection was closed without one, and when it came. then runs after the form has
// been read.
func (u upload) play(t *testing.T, then func(context.Context) error) (status int, took time.Duration) {
	t.Helper()
	cfg := server.FakeConfig(t)
	raw, err := cfg.Tokens.Sign(token.Subject{UserID: 1000, SiteID: 1}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	srv, accepted := listener.Server(server.Fake(t, cfg, then), slog.New(slog.DiscardHandler)), pipe.Listen()
	go func() { _ = srv.Serve(accepted) }()
	conn := accepted.Dial()
	sent := make(chan struct{})
	defer func() {
		_ = conn.Close()
		<-sent
		_ = srv.Close()
		// After a refusal in the middle of a body net/http waits half a second before it closes.
		time.Sleep(time.Second)
		synctest.Wait()
	}()
	if u.anonymous {
		raw = ""
	}
	content, media := form(t, make([]byte, u.size), "file")
	length := fmt.Sprintf("Content-Length: %d", len(content))
	if u.chunked {
		length = "Transfer-Encoding: chunked"
		content = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(content), content)
	}
	begin := time.Now()
	go func() {
		defer close(sent)
		// The server may answer and close in the middle, and the test sees the answer.
		_, _ = fmt.Fprintf(conn, "POST /api/user/avatar HTTP/1.1\r\nHost: x\r\nToken: %s\r\nContent-Type: %s\r\n%s\r\n\r\n",
			raw, media, length)
		n := 0
		for piece := range chunks([]byte(content), u.piece) {
			if u.most > 0 && n >= u.most {
				return
			}
			if _, err := conn.Write(piece); err != nil {
				return
			}
			n += len(piece)
			time.Sleep(time.Second)
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	took = time.Since(begin)
	if err != nil {
		if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		return 0, took
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Error(err)
	}
	return res.StatusCode, took
}

// chunks yields pieces of a text.
func chunks(all []byte, size int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(all) > 0 {
			n := min(size, len(all))
			if !yield(bytes.Clone(all[:n])) {
				return
			}
			all = all[n:]
		}
	}
}

// TestSlowUploads: a picture has 10 s and one more second for each 64 KiB, if its client has a token and does
// not pause for 10 s. The operation then has all its time.
func TestSlowUploads(t *testing.T) {
	t.Parallel()
	const s = time.Second
	// A database that takes 7 s of the 8 s that a request has.
	slow := func(ctx context.Context) error {
		select {
		case <-time.After(7 * s):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for name, c := range map[string]struct {
		upload   upload
		then     func(context.Context) error
		status   int
		from, to time.Duration
	}{
		"at once":                {upload{size: 1 << 20, piece: 2 << 20}, nil, 200, 0, s},
		"1 Mbit/s":               {upload{size: 1 << 20, piece: 122 << 10}, nil, 200, 8 * s, 10 * s},
		"40 KiB/s":               {upload{size: 1 << 20, piece: 42 << 10}, nil, 200, 23 * s, 26 * s},
		"40 KiB/s, no length":    {upload{size: 1 << 20, piece: 42 << 10, chunked: true}, nil, 200, 23 * s, 26 * s},
		"40 KiB/s, slow service": {upload{size: 1 << 20, piece: 42 << 10}, slow, 200, 30 * s, 34 * s},
		"20 KiB/s":               {upload{size: 1 << 20, piece: 20 << 10}, nil, 400, 26 * s, 27 * s},
		"a byte a second":        {upload{size: 1 << 10, piece: 1}, nil, 400, 10 * s, 11 * s},
		"a stall":                {upload{size: 1 << 20, piece: 42 << 10, most: 42 << 10}, nil, 400, 10 * s, 11 * s},
		"a stall later":          {upload{size: 1 << 20, piece: 42 << 10, most: 210 << 10}, nil, 400, 14 * s, 15 * s},
		"without a token":        {upload{size: 1 << 20, piece: 1, anonymous: true}, nil, 401, 0, s},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				status, took := c.upload.play(t, c.then)
				if status != c.status || took < c.from || took > c.to {
					t.Errorf("%d after %v, want %d after %v to %v", status, took, c.status, c.from, c.to)
				}
			})
		})
	}
}
