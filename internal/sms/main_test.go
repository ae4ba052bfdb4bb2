package sms_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if a goroutine, such as that of a kept connection, outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
