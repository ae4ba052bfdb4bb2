package sms_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/sms"
)

// routed returns a router of senders with the given results, and the names of the senders that it has asked. The names
// are 0, 1 and so on.
func routed(
	t *testing.T, now func() time.Time, ends ...func(context.Context) error,
) (r *sms.Router, asked *[]string) {
	t.Helper()
	asked = new([]string)
	var routes []sms.Route
	for i, end := range ends {
		name := string(rune('0' + i))
		routes = append(routes, sms.Route{Name: name, Sender: scripted{name, asked, end}})
	}
	r, err := sms.NewRouter(sms.RouterConfig{Routes: routes, Now: now, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	return r, asked
}

func taken(context.Context) error { return nil }

// TestRouterLeavesAProvider: a provider that reports an error of its own with status 200 is skipped after five such
// answers. A message that may arrive is not sent again before that, and one that certainly does not arrive goes to the
// next sender.
func TestRouterLeavesAProvider(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ code, before string }{
		"tencent":        {"InternalError.Timeout", "0"},
		"tencent unsent": {"InternalError.RestApiInterfaceNotExist", "0 1"},
		"aliyun":         {"isp.SYSTEM_ERROR", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider, _, _ := strings.Cut(name, " ")
			p := providers()[provider]
			first, err := p.make(serve(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, p.refuse(c.code))
			}).URL)
			if err != nil {
				t.Fatal(err)
			}
			r, asked := routed(t, time.Now, func(ctx context.Context) error { return first.Send(ctx, message) }, taken)
			for i, want := range []string{c.before, c.before, c.before, c.before, c.before, "1", "1"} {
				*asked = nil
				err := r.Send(t.Context(), message)
				if !slices.Equal(*asked, strings.Fields(want)) || (err == nil) != strings.HasSuffix(want, "1") {
					t.Errorf("message %d: asked %q, want %q, %v", i, *asked, want, err)
				}
			}
		})
	}
}

// TestSilenceEndsNoOutage: a message for which a sender makes no request, and one whose caller leaves, neither end a
// row of failures nor use up the one request after a pause.
func TestSilenceEndsNoOutage(t *testing.T) {
	t.Parallel()
	away := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	for name, silent := range map[string]error{
		"unserved": &sms.DeliveryError{Kind: sms.Unserved}, "canceled": &sms.DeliveryError{Kind: sms.Canceled},
		"not built": errors.New("no randomness"),
	} {
		now, end := time.Unix(0, 0), away
		r, asked := routed(t, func() time.Time { return now }, func(ctx context.Context) error { return end(ctx) }, taken)
		send := func(with func(context.Context) error) int {
			*asked, end = nil, with
			_ = r.Send(t.Context(), message)
			return slices.Index(*asked, "0")
		}
		nothing := func(context.Context) error { return silent }
		for range 5 {
			send(away)
			send(nothing)
		}
		if send(away) == 0 {
			t.Errorf("%s: it has ended the row of failures", name)
		}
		now = now.Add(30 * time.Second)
		if send(nothing) != 0 || send(away) != 0 || send(away) == 0 {
			t.Errorf("%s: the one request after a pause is not the next message's", name)
		}
	}
}

// TestRouterStopsInTime: a sender begins at most 3.5 seconds after the first one, so that the client still gets the
// answer that nothing was sent.
func TestRouterStopsInTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		takes time.Duration
		asked int
	}{{time.Second, 4}, {3 * time.Second, 2}, {3500 * time.Millisecond, 2}, {3501 * time.Millisecond, 1}} {
		now := time.Unix(0, 0)
		refused := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) })
		slow := func(ctx context.Context) error {
			now = now.Add(c.takes)
			return refused(ctx)
		}
		r, asked := routed(t, func() time.Time { return now }, slow, slow, slow, slow, slow)
		var failed *sms.DeliveryError
		if err := r.Send(t.Context(), message); !errors.As(err, &failed) || failed.Handed() || len(*asked) != c.asked {
			t.Errorf("senders that take %v: asked %q, want %d, %v", c.takes, *asked, c.asked, err)
		}
	}
}
