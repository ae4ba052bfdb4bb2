// Command mutants removes one security check at a time and shows that a test fails for
// each (rule S-12 of docs/rules.md). The mutants whose names begin with "drift: " change
// the contract or the code, to show that the two cannot differ without a failure.
//
//	go run ./test/mutants           # all of them, as make mutants does
//	go run ./test/mutants -run otp  # those whose name matches
//	go run ./test/mutants -list     # only print the table
//	go run ./test/mutants -compile  # only find those that do not compile, or change no code
//
// Mutants find their check by a mark in the code, a comment "// check: name" at the end of
// its line or alone above it. Code with a mark can move to another file or package without
// a change of the table. A mark that is missing, doubled or unused is an error. Generated
// code, SQL and the contract have no marks: for them a mutant names the file.
//
// The compiler gets the changed files by an overlay (go build -overlay). The checkout
// itself is not changed, so that a run can be interrupted at any time, and files can
// be edited during a run.
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

// run returns an error unless a test failed for each chosen mutant.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	root := flags.String("dir", ".", "the top of the checkout")
	pattern := flags.String("run", "", "only mutants whose name matches this regular expression")
	list := flags.Bool("list", false, "print the mutants and the tests that must fail for them, and exit")
	compile := flags.Bool("compile", false, "run no tests, and only find mutants that do not compile or change no code")
	verbose := flags.Bool("v", false, "print the output of the tests")
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
	if *compile {
		return compileAll(*root, chosen, out)
	}
	r, err := newRunner(*root)
	if err != nil {
		return err
	}
	defer r.close()
	if *verbose {
		r.output = out
	}
	return r.all(ctx, chosen, out)
}

// choose returns the mutants whose names match the pattern, at least one.
func choose(pattern string) ([]mutant, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("-run: %w", err)
	}
	chosen := slices.DeleteFunc(allMutants(), func(m mutant) bool { return !re.MatchString(m.name) })
	if len(chosen) == 0 {
		return nil, errors.New("-run: no mutant has such a name")
	}
	return chosen, nil
}

// compileAll prints the mutants that do not compile or change no code. It returns an error if there
// is one.
func compileAll(root string, chosen []mutant, out io.Writer) error {
	known, err := findMarks(root)
	if err != nil {
		return err
	}
	c, err := newCompiler(root)
	if err != nil {
		return err
	}
	broken := 0
	for _, m := range chosen {
		changed, err := m.apply(root, known)
		if err == nil {
			err = c.check(changed)
		}
		if err != nil {
			broken++
			fmt.Fprintf(out, "BROKEN    %s: %v\n", m.name, err)
		}
	}
	fmt.Fprintf(out, "%d mutants, %d broken\n", len(chosen), broken)
	if broken > 0 {
		return fmt.Errorf("%d of %d mutants are broken", broken, len(chosen))
	}
	return nil
}

// all tries the mutants one after the other. In parallel, the tests of one would slow
// down those of another, and some tests measure time.
func (r *runner) all(ctx context.Context, chosen []mutant, out io.Writer) error {
	start := time.Now()
	if err := r.checkTests(ctx, chosen); err != nil {
		return err
	}
	fmt.Fprintf(out, "the tests pass without a mutant (%v)\n", time.Since(start).Round(time.Second))
	failed := 0
	for _, m := range chosen {
		v, err := r.try(ctx, m)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			failed++
			fmt.Fprintf(out, "BROKEN    %s: %v\n", m.name, err)
		case v.killer == "":
			failed++
			fmt.Fprintf(out, "SURVIVED  %s: %s of %s do not fail\n", m.name, m.tests, m.pkg)
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
