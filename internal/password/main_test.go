package password_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/enroll-project/enroll/internal/password"
)

// TestMain fails if a goroutine outlives the tests: the package has none of its own.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cheap is a low cost for tests of anything but the cost.
var cheap = password.Params{Memory: 64, Passes: 1, Threads: 1}

func newHasher(t testing.TB, config password.Config) *password.Hasher {
	t.Helper()
	hasher, err := password.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return hasher
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
