package server_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/enroll-project/enroll/test/leak"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestMain checks after the tests that they have seen all outcomes of the contract.
func TestMain(m *testing.M) { pgtest.Main(audited{m}) }

// used are the secrets of all tests with a deployment.
var used leak.Watch

// audited runs the tests and searches PostgreSQL's log for their secrets. If all tests ran and passed, it
// then checks the ledger: a part of the tests, or a fuzz target, need not see every outcome.
type audited struct{ m interface{ Run() int } }

func (a audited) Run() int {
	code := a.m.Run()
	log, err := pgtest.Log()
	if seen := used.Sightings(log); seen != nil || err != nil {
		fmt.Fprintf(os.Stderr, "PostgreSQL's log has %q, %v:\n%s\n", seen, err, log)
		return 1
	}
	if code != 0 || !whole() {
		return code
	}
	offences := append(book.audit(excused), book.unlike(excused)...)
	for _, o := range offences {
		fmt.Fprintln(os.Stderr, "contract:", o)
	}
	if len(offences) > 0 {
		fmt.Fprintln(os.Stderr, "Write the test, or excuse the outcome in excused_test.go with the reason why none can be "+
			"written.")
		return 1
	}
	return 0
}

// whole reports whether all tests ran: no flag selected some of them.
func whole() bool {
	for _, name := range []string{"test.run", "test.skip", "test.fuzz", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}
