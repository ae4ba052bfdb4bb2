package leave_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/leave"
)

// TestNewNeedsItsParts: without one there is no service. What it does is tested with package account, since
// rows of all kinds belong to a user.
func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	if s, err := leave.New(leave.Config{Metrics: prometheus.NewRegistry()}); err == nil || s != nil {
		t.Errorf("%v, %v", s, err)
	}
}
