// Command release compares openapi.yaml with the contract of the last release and
// writes the changes into CHANGELOG.md. If a change breaks clients, it requires a
// version number that says so (Semantic Versioning).
//
//	release check      # as make lint does
//	release changelog  # make changelog
//	release cut        # make release-contract
//
// The contract of the last release is a file, test/contract/released.yaml, because a clone in CI
// may have no tags. Without the file nothing has been released, and everything may still change.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files, relative to the top of the checkout.
const (
	contractFile  = "openapi.yaml"
	releasedFile  = "test/contract/released.yaml"
	changelogFile = "CHANGELOG.md"
)

func main() {
	if err := run(os.Args[1:], time.Now(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string, now time.Time, out io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	root := flags.String("dir", ".", "the top of the checkout")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f, err := open(*root)
	if err != nil {
		return err
	}
	switch flags.Arg(0) {
	case "check":
		return f.check(out)
	case "changelog":
		return f.write(changelogFile, f.updated)
	case "cut":
		return f.cut(now, out)
	}
	return errors.New("say check, changelog or cut")
}

// files are the contracts and the changelog that are compared.
type files struct {
	root               string
	contract, released []byte // released is nil before the first release
	log, updated       string // CHANGELOG.md, and what it should be
	was, is            version
	changes            []change
}

func open(root string) (*files, error) {
	f := &files{root: root}
	var err error
	if f.contract, err = os.ReadFile(filepath.Join(root, contractFile)); err != nil {
		return nil, err
	}
	if f.is, err = versionOf(f.contract); err != nil {
		return nil, err
	}
	log, err := os.ReadFile(filepath.Join(root, changelogFile))
	if err != nil {
		return nil, err
	}
	f.log = string(log)
	f.released, err = os.ReadFile(filepath.Join(root, filepath.FromSlash(releasedFile)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if f.was, err = versionOf(f.released); err != nil {
			return nil, fmt.Errorf("%s: %w", releasedFile, err)
		}
		if f.changes, err = compare(f.released, f.contract); err != nil {
			return nil, err
		}
	}
	f.updated, err = update(f.log, f.section())
	return f, err
}

func (f *files) write(name, text string) error {
	return os.WriteFile(filepath.Join(f.root, filepath.FromSlash(name)), []byte(text), 0o644)
}

// check fails if a change breaks clients and the version number does not say so, or if
// the changelog does not list a change.
func (f *files) check(out io.Writer) error {
	var errs []error
	breaks := 0
	for _, c := range f.changes {
		if c.breaks {
			breaks++
			fmt.Fprintf(out, "breaks clients: %s\n", c.text)
		}
	}
	switch {
	case f.released == nil:
		fmt.Fprintf(out, "%v is not released yet: it may still change in any way\n", f.is)
	case breaks > 0 && !f.is.tells(f.was):
		errs = append(errs, fmt.Errorf("%d changes break clients of %v: undo them, or make info.version %v",
			breaks, f.was, f.was.next()))
	default:
		fmt.Fprintf(out, "%d changes since %v, %d of them break clients; info.version is %v\n",
			len(f.changes), f.was, breaks, f.is)
	}
	if f.log != f.updated {
		errs = append(errs, fmt.Errorf("%s does not tell of all changes: run make changelog", changelogFile))
	}
	return errors.Join(errs...)
}

// cut makes the contract the last release.
func (f *files) cut(now time.Time, out io.Writer) error {
	if err := f.check(out); err != nil {
		return err
	}
	if f.released != nil && !f.is.after(f.was) {
		return fmt.Errorf("%v is released: raise info.version first", f.was)
	}
	text, err := closeSection(f.updated, f.is, now)
	if err != nil {
		return err
	}
	return errors.Join(f.write(changelogFile, text), f.write(releasedFile, string(f.contract)))
}
