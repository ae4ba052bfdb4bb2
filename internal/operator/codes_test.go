package operator_test

import (
	"strings"
	"testing"
)

// TestResetWithoutCodes: a service that was made without codes says so, and writes no entry.
func TestResetWithoutCodes(t *testing.T) {
	t.Parallel()
	o := open(t)
	_, err := o.ResetCodes(t.Context(), by, "+8613800138000", false)
	if err == nil || !strings.Contains(err.Error(), "Config.Codes") || o.count("audit_entries") != 0 {
		t.Errorf("%v, %d entries", err, o.count("audit_entries"))
	}
}
