package leave_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/leave"
)

// TestNewNeedsItsParts: New returns an error if a field is missing. The tests of package account cover what
// a Service does, because rows of all kinds belong to a user.
func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	if s, err := leave.New(leave.Config{Metrics: prometheus.NewRegistry()}); err == nil || s != nil {
		t.Errorf("%v, %v", s, err)
	}
}
