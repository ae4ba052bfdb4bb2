package admission_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/enroll-project/enroll/internal/admission"
)

// TestMain fails if a goroutine outlives the tests: the package starts none.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limiter is a limiter for jobs whose length the test decides.
type limiter struct{ *admission.Limiter }

// newLimiter returns a limiter whose metrics are in the registry. Its refusals name
// the shortest time to retry after.
func newLimiter(slots, queue int, maxWait time.Duration, registry prometheus.Registerer) limiter {
	l, err := admission.New(admission.Config{
		Slots: slots, MaxQueue: queue, MaxWait: maxWait, Metrics: registry,
		Random: func(int) int { return 0 },
	})
	if err != nil {
		panic(err)
	}
	return limiter{l}
}

// second is work that is assumed to take a second until a job was measured.
func second() admission.Work { return admission.WorkOf(time.Second) }

// run admits a job for a registration and runs it.
func (l limiter) run(ctx context.Context, work admission.Work, do func(slot int)) error {
	return l.runFor(ctx, admission.ForRegistration, work, do)
}

// runFor admits a job of a class and runs it.
func (l limiter) runFor(ctx context.Context, class admission.Class, work admission.Work, do func(slot int)) error {
	job, err := l.Admit(ctx, class, work)
	if err != nil {
		return err
	}
	return job.Run(ctx, work, do)
}

// metric returns the value of a gauge or counter, or the count of a histogram. It sums the series of all
// labels, or of those in which the label has the given name and value.
func metric(t testing.TB, registry *prometheus.Registry, name string, label ...string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		sum := 0.0
		for _, m := range family.GetMetric() {
			matches := true
			for _, pair := range m.GetLabel() {
				matches = matches && (len(label) == 0 || pair.GetName() == label[0] && pair.GetValue() == label[1])
			}
			if matches {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
		return sum
	}
	t.Fatalf("no metric %s", name)
	return 0
}
