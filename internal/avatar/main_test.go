package avatar_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"
)

// contextOfMain is for what runs before there is a test with a context.
var contextOfMain = context.Background()

// TestMain measures the bombs, and fails if a goroutine outlives the tests: the package starts none.
func TestMain(m *testing.M) {
	defuse()
	goleak.VerifyTestMain(m)
}
