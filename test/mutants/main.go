// Command mutants shows that each security check is missed by a test when it is
// gone: it takes one check out at a time and wants the tests that are named for it
// to fail (assurance S-12). In the same way it shows that contract and code cannot
// drift apart: mutants whose names begin with "drift: " change one of the two.
//
//	go run ./test/mutants           # all of them, as make mutants does
//	go run ./test/mutants -run otp  # those whose name matches
//	go run ./test/mutants -list     # only print the table
//
// A mutant is a change of a file that the compiler is given in place of the file
// (go build -overlay). The tree is never touched, so that a run can be broken off at
// any time, and beside a run one can go on working.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// run returns an error unless all that were chosen have been killed.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	root := flags.String("dir", ".", "the top of the checkout")
	pattern := flags.String("run", "", "only mutants whose name this regular expression finds")
	list := flags.Bool("list", false, "print the mutants and the tests that are to kill them, and end")
	verbose := flags.Bool("v", false, "print what the tests say")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(*pattern)
	if err != nil {
		return err
	}
	if *list {
		for _, m := range chosen {
			fmt.Fprintf(out, "%s\n\t%s, by %s of %s\n", m.name, m.places(), m.tests, m.pkg)
		}
		return nil
	}
	l, err := newLab(*root)
	if err != nil {
		return err
	}
	defer l.close()
	if *verbose {
		l.say = out
	}
	return l.all(ctx, chosen, out)
}

func choose(pattern string) ([]mutant, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("-run: %w", err)
	}
	chosen := slices.DeleteFunc(everyone(), func(m mutant) bool { return !re.MatchString(m.name) })
	if len(chosen) == 0 {
		return nil, errors.New("-run: no mutant has such a name")
	}
	return chosen, nil
}

// all tries the mutants one after the other: two at once would take the cores
// from each other's tests, some of which measure time.
func (l *lab) all(ctx context.Context, chosen []mutant, out io.Writer) error {
	start := time.Now()
	if err := l.sane(ctx, chosen); err != nil {
		return err
	}
	fmt.Fprintf(out, "the tests pass without any mutant (%v)\n", time.Since(start).Round(time.Second))
	failed := 0
	for _, m := range chosen {
		v, err := l.try(ctx, m)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			failed++
			fmt.Fprintf(out, "BROKEN    %s: %v\n", m.name, err)
		case v.killer == "":
			failed++
			fmt.Fprintf(out, "SURVIVED  %s: %s of %s do not miss it\n", m.name, m.tests, m.pkg)
		default:
			fmt.Fprintf(out, "killed    %s: by %s (%v)\n", m.name, v.killer, v.took.Round(time.Second))
		}
	}
	fmt.Fprintf(out, "%d mutants, %d killed, %v\n", len(chosen), len(chosen)-failed, time.Since(start).Round(time.Second))
	if failed > 0 {
		return fmt.Errorf("%d of %d mutants were not killed", failed, len(chosen))
	}
	return nil
}
