package server_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/enroll-project/enroll/test/leak"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestMain holds all that the tests have seen against the contract.
func TestMain(m *testing.M) { pgtest.Main(audited{m}) }

// used are the secrets of all tests with a deployment.
var used leak.Watch

// audited runs the tests, searches PostgreSQL's log for their secrets, and then
// asks the ledger, if all of them ran and passed: a part of them, or a fuzz target, need not see everything.
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
	offences := book.audit(excused)
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

// whole tells whether no flag kept a test from running.
func whole() bool {
	for _, name := range []string{"test.run", "test.skip", "test.fuzz", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}
