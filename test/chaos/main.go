// Command chaos (`make chaos`) plays faults under load. It checks that every acknowledged registration is
// stored and that no refused registration is. Each scenario starts a PostgreSQL and two replicas of its own,
// lets clients register by user name and by phone, with an Idempotency-Key and without, plays its fault, and
// compares the answers that the clients got with the rows of the database. docs/reliability.md has the figures
// of a run.
//
// It does not simulate a loss of power: kill -9 leaves the page cache of the kernel in place.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// options are those of the command line.
type options struct {
	binary, folder, keep string
	clients, rounds      int
	length               time.Duration
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	pattern := flags.String("run", "", "scenarios whose names match; the short set if empty")
	list := flags.Bool("list", false, "print the scenarios and exit")
	flags.StringVar(&o.binary, "enroll", "bin/enroll", "the program")
	flags.StringVar(&o.folder, "dir", "", "folder for the databases; the temporary one if empty")
	flags.StringVar(&o.keep, "history", "", "folder into which the history of each scenario is written")
	flags.IntVar(&o.clients, "clients", 8, "clients at a time")
	flags.IntVar(&o.rounds, "rounds", 0, "how often a fault is played, in place of the scenario's own number")
	flags.DurationVar(&o.length, "length", 0, "how long a fault lasts, in place of the scenario's own time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if o.binary, err = filepath.Abs(o.binary); err != nil {
		return err
	}
	wanted, err := regexp.Compile("^(" + *pattern + ")$")
	if err != nil {
		return err
	}
	var failed []error
	fmt.Fprintln(out, "| scenario | rounds | acknowledged | lost | phantom | double | tokens refused "+
		"| unknown, of these kept | longest outage | recovery | command |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|---|")
	for _, s := range scenarios() {
		if *pattern == "" && s.short == 0 || *pattern != "" && !wanted.MatchString(s.name) {
			continue
		}
		if *pattern == "" {
			s.rounds = s.short
		}
		if *list {
			fmt.Fprintf(out, "| %s | %s |\n", s.name, s.about)
			continue
		}
		bounded, cancel := context.WithTimeout(ctx, s.bound)
		result, err := s.play(bounded, o)
		cancel()
		fmt.Fprintln(out, result.line(s))
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	return errors.Join(failed...)
}
