// Package hangup_test has clients disconnect from a whole service at every stage of every operation that
// writes, with each sender of codes. It checks that an attempt counts even if its client does not wait for
// the answer, that nothing is half-written, and that the person's next request gets the right answer.
package hangup_test

import (
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
