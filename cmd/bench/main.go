// Command bench measures the service as it is run: the real binary with real
// password hashes, over a private PostgreSQL that keeps what it commits, on
// this machine and beside the limits of this machine. What it prints are
// ratios to those limits, since only ratios mean something elsewhere.
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
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const manual = `bench measures enroll on this machine.

Usage: bench [flags] [part ...]

Parts, all of them when none is named, always in this order:
  ceiling   what the machine can do: password hashes, and our own transaction
  register  registrations, closed loop, by password and by phone
  flood     arrivals at many times the capacity, which never wait for answers
  scale     the same with one, two and four server processes
  grow      the same beside many users who are there already
  start     from the process's start to ready
  size      of the binary

Flags:
`

// part is a measurement that can be asked for by itself.
type part struct {
	name string
	run  func(context.Context, *bench) error
}

// parts are in the order in which they run: the ceilings come first, since all
// others are compared with them.
func parts() []part {
	return []part{
		{"ceiling", measureCeiling}, {"register", measureRegister}, {"flood", measureFlood}, {"scale", measureScale},
		{"grow", measureGrow}, {"start", measureStart}, {"size", measureSize},
	}
}

// run is the whole program.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() { fmt.Fprint(out, manual); flags.PrintDefaults() }
	binary := flags.String("enroll", "bin/enroll", "the server's binary")
	dir := flags.String("dir", "", "folder for the database, on a disk with room; a temporary one if not set")
	to := flags.String("json", "", "file for the report in JSON")
	quick := flags.Bool("quick", false, "a few minutes and few users: to see that it works, not to publish")
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
	b := &bench{plan: fullPlan(), out: out}
	if *quick {
		b.plan = quickPlan()
	}
	if b.hasher, err = password.New(password.Config{}); err != nil {
		return err
	}
	if b.stage, err = openStage(ctx, *dir, *binary, b.plan.connections()); err != nil {
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
	return errors.Join(err, b.stage.close())
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
	// What others are compared with is measured in any case.
	return slices.DeleteFunc(all, func(p part) bool {
		return p.name != "ceiling" && !slices.Contains(names, p.name)
	}), nil
}

// bench is one run.
type bench struct {
	plan   plan
	stage  *stage
	hasher *password.Hasher // the server's, to measure how fast it can be
	report *report
	out    io.Writer
}

// say tells who waits how far the run is.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintln(b.out, strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
}
