package mail_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if a goroutine is left after the tests, such as that of an idle
// connection.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
