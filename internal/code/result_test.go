package code_test

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestResultsAreCounted: the metric counts each code by the result of its delivery.
func TestResultsAreCounted(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	s, err := code.New(code.Config{
		Pool: pgtest.New(t), Secret: make([]byte, 32), Rand: rand.Reader, Metrics: registry,
		Now: func() time.Time { return time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) },
	})
	fatal(t, err)
	away := errors.New("no answer")
	for i, end := range []struct {
		handed bool
		err    error
	}{{true, nil}, {true, away}, {false, away}} {
		to := phone("+861380013800" + string(rune('0'+i)))
		_, err := s.Send(t.Context(), to, home, func(context.Context, string) (bool, error) { return end.handed, end.err })
		if !errors.Is(err, end.err) {
			t.Errorf("%+v: %v", end, err)
		}
	}
	families, err := registry.Gather()
	fatal(t, err)
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				if label.GetName() == "result" {
					got[label.GetValue()] += m.GetCounter().GetValue()
				}
			}
		}
	}
	if want := map[string]float64{"sent": 1, "unknown": 1, "failed": 1}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestNoPressureWithoutALimit: if an operator has switched a limit off, its earlier counts cause no
// pressure.
func TestNoPressureWithoutALimit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSTotal: 1})
	d.mustAsk(phone(victim), home)
	if got, err := d.Pressure(t.Context(), home); err != nil || got != 1 {
		t.Errorf("with its limit used up: %v, %v", got, err)
	}
	unlimited, err := code.New(code.Config{
		Pool: d.pool, Secret: make([]byte, 32), Now: d.now, Rand: rand.Reader, Metrics: prometheus.NewRegistry(),
	})
	fatal(t, err)
	if got, err := unlimited.Pressure(t.Context(), home); err != nil || got != 0 {
		t.Errorf("without a limit: %v, %v", got, err)
	}
}

// TestPressureOfANetwork: a network that has used up its messages raises the pressure on itself and on no other.
func TestPressureOfANetwork(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerNetwork: 2})
	d.mustAsk(phone("+8613800138001"), home)
	if got, err := d.Pressure(t.Context(), home); err != nil || got != 0 {
		t.Errorf("with half left: %v, %v", got, err)
	}
	d.mustAsk(phone("+8613800138002"), home)
	if got, err := d.Pressure(t.Context(), home); err != nil || got != 1 {
		t.Errorf("with all used up: %v, %v", got, err)
	}
	if got, err := d.Pressure(t.Context(), stranger(1)); err != nil || got != 0 {
		t.Errorf("another network: %v, %v", got, err)
	}
}

// TestPressureOfMails: the pressure rises with the mails of a network, for this network alone, and with all mails of
// the day, for all networks.
func TestPressureOfMails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits    code.Limits
		elsewhere float64
	}{
		"a network": {code.Limits{MailPerNetwork: 2}, 0},
		"all mails": {code.Limits{MailTotal: 2}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, c.limits)
			is := func(by code.Origin, want float64) {
				t.Helper()
				if got, err := d.Pressure(t.Context(), by); err != nil || got != want {
					t.Errorf("after %d mails: %v, %v, want %v", len(d.sent), got, err, want)
				}
			}
			to := code.Destination{Site: 1, Address: "a@a.example", Channel: code.Email, Purpose: code.ForRegister}
			d.mustAsk(to, home)
			is(home, 0)
			to.Address = "b@b.example"
			d.mustAsk(to, home)
			is(home, 1)
			is(stranger(1), c.elsewhere)
		})
	}
}
