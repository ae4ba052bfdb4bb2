package admission_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/enroll-project/enroll/internal/admission"
)

// TestMain fails if a goroutine outlives the tests: the package has none of its own.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gate is the queue before the hashers, for jobs whose length the test decides.
type gate struct{ gate *admission.Gate }

// newGate returns a gate whose metrics are in the registry.
func newGate(slots, queue int, maxWait time.Duration, registry prometheus.Registerer) gate {
	g, err := admission.New(slots, queue, maxWait, registry)
	if err != nil {
		panic(err)
	}
	return gate{g}
}

// Run admits a job and does it, for a registration.
func (g gate) Run(ctx context.Context, effort float64, do func(slot int)) error {
	return g.RunFor(ctx, admission.ForRegistration, effort, do)
}

// RunFor admits a job of a class and does it.
func (g gate) RunFor(ctx context.Context, class admission.Class, effort float64, do func(slot int)) error {
	p, err := g.gate.Admit(ctx, class, effort)
	if err != nil {
		return err
	}
	return g.gate.Run(ctx, p, effort, do)
}

// Admit admits a job of a class; run does it, leave gives it up.
func (g gate) Admit(class admission.Class, effort float64) (run func(do func(slot int)) error, leave func(), err error) {
	p, err := g.gate.Admit(context.Background(), class, effort)
	if err != nil {
		return nil, nil, err
	}
	run = func(do func(slot int)) error { return g.gate.Run(context.Background(), p, effort, do) }
	return run, func() { g.gate.Withdraw(p) }, nil
}

// metric is the value of a gauge or counter, or the count of a histogram, summed
// over its labels but those given as name, value.
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
