package event

import (
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

// TestEndlessAnswer: of a long answer, the beginning is read, and its status counts.
func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	signer, err := webhook.NewSigner("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	if err != nil {
		t.Fatal(err)
	}
	body := &endless{}
	l := &line{
		Receiver: Receiver{url: "https://a.example", signer: signer}, timeout: time.Minute, now: time.Now,
		client: &http.Client{Transport: body},
	}
	if out := l.post(t.Context(), db.Event{}); !out.delivered {
		t.Errorf("%+v", out)
	}
	if body.read < maxAnswer || body.read > 2*maxAnswer || !body.closed {
		t.Errorf("%d bytes were read, closed: %v", body.read, body.closed)
	}
}
