package contract

import "testing"

// TestBoundOnce: code that reads a validated body instead of binding its value
// gets an error, so that the body is not decoded twice.
func TestBoundOnce(t *testing.T) {
	t.Parallel()
	if n, err := (validated{}).Read(make([]byte, 1)); n != 0 || err != errBoundOnce {
		t.Errorf("read %d bytes, %v", n, err)
	}
}
