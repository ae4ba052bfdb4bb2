package event

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/webhook"
)

// endless is a transport whose answers have bodies of a mebibyte, and count what is read of them.
type endless struct {
	read   int
	closed bool
}

var errEnd = errors.New("the body was read to its end")

func (e *endless) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: e}, nil
}

func (e *endless) Read(b []byte) (int, error) {
	if e.read += len(b); e.read >= 1<<20 {
		return 0, errEnd
	}
	return len(b), nil
}

func (e *endless) Close() error {
	e.closed = true
	return nil
}

// sends sends an event by a transport.
func sends(t *testing.T, transport http.RoundTripper) outcome {
	t.Helper()
	signer, err := webhook.NewSigner("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{
		Receiver: Receiver{url: "https://a.example", signer: signer}, timeout: time.Minute, now: time.Now, clock: time.Now,
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	return l.post(t.Context(), db.Event{})
}

// TestEndlessAnswer: of a long answer, the beginning is read, and its status counts.
func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	body := &endless{}
	if out := sends(t, body); !out.delivered {
		t.Errorf("%+v", out)
	}
	if body.read < maxAnswer || body.read > 2*maxAnswer || !body.closed {
		t.Errorf("%d bytes were read, closed: %v", body.read, body.closed)
	}
}

// transport answers a request.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestRequestEnds: a request has the deadline of its receiver.
func TestRequestEnds(t *testing.T) {
	t.Parallel()
	out := sends(t, transport(func(r *http.Request) (*http.Response, error) {
		if end, ok := r.Context().Deadline(); !ok || time.Until(end) > time.Minute {
			t.Errorf("the request ends at %s: %v", end, ok)
		}
		return nil, context.DeadlineExceeded
	}))
	if out.delivered || out.failure != "timeout" {
		t.Errorf("%+v", out)
	}
}

// TestStatuses: a status from 200 to 299 is success, and no other.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]outcome{
		200: {delivered: true}, 204: {delivered: true}, 299: {delivered: true}, 300: {failure: "status 300"},
		307: {failure: "status 307"}, 404: {failure: "status 404"}, 410: {failure: "status 410", gone: true},
		429: {failure: "status 429", after: time.Minute}, 500: {failure: "status 500"},
		503: {failure: "status 503", after: time.Minute},
	} {
		out := sends(t, transport(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status, Body: http.NoBody, Header: http.Header{"Retry-After": {"60"}, "Location": {"/other"}},
			}, nil
		}))
		if out != want {
			t.Errorf("%d: %+v", status, out)
		}
	}
}
