// Command bench measures the service as it runs in production: the real binary,
// real password hashes, and a private PostgreSQL with durable commits. It also
// measures what this machine can do without the service, and prints ratios of the
// two: they hold on other machines, rates do not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/enroll-project/enroll/internal/password"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const manual = `bench measures enroll on this machine.

Usage: bench [flags] [part ...]

Parts, all of them when none is named, always in this order:
  ceiling   password hashes and transactions that the machine does without the service
  register  registrations by password and by phone, in a closed loop
  pair      registrations by password and by phone with this commit and with the one of -before, in turn
  flood     registrations at many times the capacity, sent without waiting for answers
  scale     registrations with one, two and four server processes
  grow      registrations in a database with millions of users
  start     time from the start of the process until it is ready
  size      size of the binary

Flags:
`

// part is a measurement that can be chosen on the command line.
type part struct {
	name string
	run  func(context.Context, *bench) error
}

// parts are in the order in which they run. Function plain needs register before scale
// and grow.
func parts() []part {
	return []part{
		{"ceiling", measureCeiling}, {"register", measureRegister}, {"pair", measurePair}, {"flood", measureFlood},
		{"scale", measureScale}, {"grow", measureGrow}, {"start", measureStart}, {"size", measureSize},
	}
}

// run is main without its exit status.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() { fmt.Fprint(out, manual); flags.PrintDefaults() }
	binary := flags.String("enroll", "bin/enroll", "the server's binary")
	dir := flags.String("dir", "", "folder for the database, on a disk with room; a temporary one if not set")
	to := flags.String("json", "", "file for the report in JSON")
	before := flags.String("before", "HEAD^", "commit that part pair compares with; its binary is built")
	events := flags.Bool("events", false, "part pair runs once more, and the servers post their events to a receiver "+
		"on this machine")
	quick := flags.Bool("quick", false, "a short run with few users: shows that bench works, figures not for publication")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	chosen, err := choose(flags.Args())
	if err != nil {
		return err
	}
	b := &bench{plan: fullPlan(), before: *before, events: *events, out: out}
	if *quick {
		b.plan = quickPlan()
	}
	if b.hasher, err = password.New(password.Config{}); err != nil {
		return err
	}
	if b.testbed, err = openTestbed(ctx, *dir, *binary, b.plan.connections()); err != nil {
		return err
	}
	b.report = newReport(ctx, b)
	for _, p := range chosen {
		b.say("== %s", p.name)
		if err = p.run(ctx, b); err != nil {
			err = fmt.Errorf("%s: %w", p.name, err)
			break
		}
	}
	b.report.print(out)
	if *to != "" {
		err = errors.Join(err, b.report.write(*to))
	}
	return errors.Join(err, b.testbed.close())
}

func choose(names []string) ([]part, error) {
	all := parts()
	if len(names) == 0 {
		return all, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(p part) bool { return p.name == name }) {
			return nil, fmt.Errorf("there is no part %q; see bench -help", name)
		}
	}
	// The ceiling is always measured, so that each report shows what its machine can do.
	return slices.DeleteFunc(all, func(p part) bool {
		return p.name != "ceiling" && !slices.Contains(names, p.name)
	}), nil
}

// bench is one run.
type bench struct {
	plan    plan
	before  string // the commit of part pair
	events  bool   // part pair is measured without and with events
	testbed *testbed
	hasher  *password.Hasher // with the server's default cost
	report  *report
	out     io.Writer
}

// say prints a line of progress.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintln(b.out, strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
}
