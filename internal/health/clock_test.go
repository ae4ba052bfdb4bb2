package health

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestKeepTime: a clock that is ten minutes ahead follows the database's. The metric
// shows the difference, and the log has one warning.
func TestKeepTime(t *testing.T) {
	t.Parallel()
	pool, registry, out := pgtest.Open(t, pgtest.URL(t)), prometheus.NewRegistry(), &bytes.Buffer{}
	log := slog.New(slog.NewTextHandler(out, nil))
	var mu sync.Mutex
	ahead := 10 * time.Minute
	local := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(ahead)
	}
	clock, stop := KeepTime(t.Context(), pool, local, registry, log)
	stop() // from now on no goroutine writes the log
	w := clockWatch{clock: clock, log: log}
	look := func() { // repeats a comparison that fails because the machine is busy
		for w.look(t.Context(), pool) != clockPeriod && t.Context().Err() == nil {
		}
	}
	look()
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "enroll_clock_skew_seconds" {
		t.Fatalf("%v, %v", families, err)
	}
	if skew := families[0].GetMetric()[0].GetGauge().GetValue(); skew < 590 || skew > 610 {
		t.Errorf("a skew of %v seconds", skew)
	}
	if off := time.Until(clock.Now()).Abs(); off > 10*time.Second {
		t.Errorf("the clock is %v off", off)
	}
	out.Reset()
	w.wrong = false
	look()
	look()
	mu.Lock()
	ahead = 0
	mu.Unlock()
	look()
	look()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	warned := regexp.MustCompile(`level=WARN .* ahead=(9m5|10m)`) // a busy machine's measurement is some milliseconds off
	if len(lines) != 2 || !warned.MatchString(lines[0]) || !strings.Contains(lines[1], "level=INFO") {
		t.Errorf("the log: %q", lines)
	}
	pool.Close()
	if next := w.look(t.Context(), pool); next != clockWaiting {
		t.Errorf("without a database it asks again after %v", next)
	}
}
