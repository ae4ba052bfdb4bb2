package avatar_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"
)

// contextOfMain is for what runs before there is a test with a context.
var contextOfMain = context.Background()

// TestMain decodes the malicious images of bomb_test.go and records their memory and time before any test runs.
// It fails if a goroutine is left: the package starts none.
func TestMain(m *testing.M) {
	defuse()
	goleak.VerifyTestMain(m)
}
