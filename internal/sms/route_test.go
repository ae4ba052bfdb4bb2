package sms_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/sms"
)

// scripted is a sender with a given result. It records that it was called.
type scripted struct {
	name  string
	asked *[]string
	end   func(context.Context) error
}

func (s scripted) Send(ctx context.Context, _ sms.Message) error {
	*s.asked = append(*s.asked, s.name)
	return s.end(ctx)
}

// real is what a sender's delivery over HTTP ends with: an answer of a status, or none.
func real(t *testing.T, h http.HandlerFunc) func(context.Context) error {
	t.Helper()
	w := newWebhook(t, serve(t, h).URL, sms.WebhookConfig{})
	return func(ctx context.Context) error { return w.Send(ctx, message) }
}

// TestRouter: which senders are tried for a phone, in which order, and when the next one is tried.
func TestRouter(t *testing.T) {
	t.Parallel()
	fine := func(context.Context) error { return nil }
	refused := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) })
	unknown := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) })
	unbuilt := func(context.Context) error { return errors.New("no randomness") }
	ends := map[string]func(context.Context) error{
		"fine": fine, "refused": refused, "unknown": unknown, "unbuilt": unbuilt,
	}
	for _, c := range []struct {
		routes  string // country=end, in order
		country string
		asked   string
		sent    bool
	}{
		{"fine refused", "CN", "0", true},
		{"refused fine", "CN", "0 1", true},
		{"refused refused fine", "CN", "0 1 2", true},
		{"refused refused", "CN", "0 1", false},
		{"unknown fine", "CN", "0", false}, // it may arrive
		{"refused unknown fine", "CN", "0 1", false},
		{"unbuilt fine", "CN", "0", false},
		{"CN=fine fine", "CN", "0", true},
		{"CN=fine fine", "DE", "1", true},
		{"CN=refused fine", "CN", "0", false}, // a country's own routes are all that it has
		{"CN=refused fine CN=fine", "CN", "0 2", true},
		{"CN=fine", "DE", "", false},
		{"CN=fine", "", "", false},
	} {
		var asked []string
		var routes []sms.Route
		for i, text := range strings.Fields(c.routes) {
			country, end, ok := strings.Cut(text, "=")
			if !ok {
				country, end = "", text
			}
			name := string(rune('0' + i))
			routes = append(routes, sms.Route{Name: name, Country: country, Sender: scripted{name, &asked, ends[end]}})
		}
		r, err := sms.NewRouter(sms.RouterConfig{Routes: routes, Now: time.Now, Metrics: prometheus.NewRegistry()})
		if err != nil {
			t.Fatal(err)
		}
		m := message
		m.Country = c.country
		if err := r.Send(t.Context(), m); (err == nil) != c.sent || !slices.Equal(asked, strings.Fields(c.asked)) {
			t.Errorf("%s to %q: asked %q, %v", c.routes, c.country, asked, err)
		}
	}
}

// TestRouterSkipsASenderThatIsAway: after five outages in a row, a sender is skipped for 30
// seconds, unless it is the last one.
func TestRouterSkipsASenderThatIsAway(t *testing.T) {
	t.Parallel()
	var asked []string
	now := time.Unix(0, 0)
	away := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	r, err := sms.NewRouter(sms.RouterConfig{Now: func() time.Time { return now }, Metrics: prometheus.NewRegistry(),
		Routes: []sms.Route{
			{Name: "first", Sender: scripted{"first", &asked, away}},
			{Name: "last", Sender: scripted{"last", &asked, away}},
		}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"first last", "first last", "first last", "first last", "first last", "last", "last"} {
		asked = nil
		if err := r.Send(t.Context(), message); err == nil || !slices.Equal(asked, strings.Fields(want)) {
			t.Errorf("message %d: asked %q, want %q, %v", i, asked, want, err)
		}
	}
	now = now.Add(30 * time.Second)
	asked = nil
	if _ = r.Send(t.Context(), message); !slices.Equal(asked, []string{"first", "last"}) {
		t.Errorf("after the pause: asked %q", asked)
	}
}

// TestRouterTellsUnserved: the error for a message that no sender serves, or whose phone is refused, differs from the
// error for an outage. If one of the senders has an outage or was skipped, the error is that of the outage.
func TestRouterTellsUnserved(t *testing.T) {
	t.Parallel()
	var asked []string
	away := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	unserved := func(context.Context) error { return &sms.DeliveryError{Kind: sms.Unserved} }
	landline := func(context.Context) error { return &sms.DeliveryError{Kind: sms.RecipientRefused} }
	for _, c := range []struct {
		ends []func(context.Context) error
		want sms.Kind
	}{
		{[]func(context.Context) error{unserved, unserved}, sms.Unserved},
		{[]func(context.Context) error{away, unserved}, sms.Refused},
		{[]func(context.Context) error{unserved, away}, sms.Refused},
		{[]func(context.Context) error{landline, landline}, sms.RecipientRefused},
		{[]func(context.Context) error{landline, unserved}, sms.RecipientRefused},
		{[]func(context.Context) error{away, landline}, sms.Refused},
		{[]func(context.Context) error{landline, away}, sms.Refused},
	} {
		var routes []sms.Route
		for _, end := range c.ends {
			routes = append(routes, sms.Route{Name: "x", Sender: scripted{"x", &asked, end}})
		}
		r, err := sms.NewRouter(sms.RouterConfig{Now: time.Now, Metrics: prometheus.NewRegistry(), Routes: routes})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 7 { // from the sixth on a first sender that is away is not asked
			var failed *sms.DeliveryError
			want := c.want
			if asked = nil; errors.As(r.Send(t.Context(), message), &failed) && len(asked) == 1 {
				want = sms.Unreachable
			}
			if failed == nil || failed.Kind != want {
				t.Errorf("message %d: %v, want %s", i, failed, want)
			}
		}
	}
}

// TestRefusalsAreNoOutage: refusals of a message are not an outage of the sender.
func TestRefusalsAreNoOutage(t *testing.T) {
	t.Parallel()
	var asked []string
	refused := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) })
	fine := func(context.Context) error { return nil }
	r, err := sms.NewRouter(sms.RouterConfig{Now: time.Now, Metrics: prometheus.NewRegistry(), Routes: []sms.Route{
		{Name: "first", Sender: scripted{"first", &asked, refused}}, {Name: "last", Sender: scripted{"last", &asked, fine}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 9 {
		asked = nil
		if err := r.Send(t.Context(), message); err != nil || len(asked) != 2 {
			t.Errorf("asked %q, %v", asked, err)
		}
	}
}

// TestRouterStopsWithItsCaller: after the request was canceled, no further sender is tried.
func TestRouterStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	var asked []string
	ctx, cancel := context.WithCancel(t.Context())
	refused := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) })
	r, err := sms.NewRouter(sms.RouterConfig{Now: time.Now, Metrics: prometheus.NewRegistry(), Routes: []sms.Route{
		{Name: "first", Sender: scripted{"first", &asked, func(ctx context.Context) error {
			err := refused(ctx)
			cancel()
			return err
		}}},
		{Name: "last", Sender: scripted{"last", &asked, func(context.Context) error { return nil }}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Send(ctx, message); err == nil || len(asked) != 1 {
		t.Errorf("asked %q, %v", asked, err)
	}
	if _, err := sms.NewRouter(sms.RouterConfig{Now: time.Now, Metrics: prometheus.NewRegistry()}); err == nil {
		t.Error("a router without senders")
	}
}

// TestRouterCountsMoney: a message that a sender has taken or may have taken counts its price, by sender and country,
// and one that was refused counts nothing.
func TestRouterCountsMoney(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	var asked []string
	refused := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) })
	unknown := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) })
	fine := func(context.Context) error { return nil }
	router, err := sms.NewRouter(sms.RouterConfig{
		Routes: []sms.Route{
			{Name: "aliyun", Sender: scripted{"aliyun", &asked, refused}},
			{Name: "tencent", Sender: scripted{"tencent", &asked, fine}},
			{Name: "twilio", Country: "DE", Sender: scripted{"twilio", &asked, unknown}},
		},
		Now: time.Now, Metrics: registry,
		Price: func(m sms.Message, sender string) float64 {
			return map[string]float64{"CN tencent": 0.5, "DE twilio": 2}[m.Country+" "+sender]
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, country := range []string{"CN", "CN", "DE"} {
		m := message
		m.Country = country
		_ = router.Send(t.Context(), m)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "enroll_sms_spent_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			got[m.GetLabel()[0].GetValue()+" "+m.GetLabel()[1].GetValue()] = m.GetCounter().GetValue()
		}
	}
	if want := map[string]float64{"CN tencent": 1, "DE twilio": 2}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
