package trace

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if a goroutine outlives the tests, such as one of the SDK.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
