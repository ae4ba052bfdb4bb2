// Command release keeps what clients rely on from one release of the contract to
// the next: it compares openapi.yaml with the contract of the last release, wants
// a version that tells of a break, and writes the changes into CHANGELOG.md.
//
//	release check      # as make lint does
//	release changelog  # make changelog
//	release cut        # make release-contract
//
// The last release is a file, test/contract/released.yaml: a clone in CI may have
// no tags. Where there is none, nothing has been released and everything may
// still change.
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
	h, err := open(*root)
	if err != nil {
		return err
	}
	switch flags.Arg(0) {
	case "check":
		return h.check(out)
	case "changelog":
		return h.write(changelogFile, h.updated)
	case "cut":
		return h.cut(now, out)
	}
	return errors.New("say check, changelog or cut")
}

// house is what there is to compare.
type house struct {
	root               string
	contract, released []byte // released is nil before the first release
	log, updated       string // CHANGELOG.md, and what it should be
	was, is            version
	changes            []change
}

func open(root string) (*house, error) {
	h := &house{root: root}
	var err error
	if h.contract, err = os.ReadFile(filepath.Join(root, contractFile)); err != nil {
		return nil, err
	}
	if h.is, err = versionOf(h.contract); err != nil {
		return nil, err
	}
	log, err := os.ReadFile(filepath.Join(root, changelogFile))
	if err != nil {
		return nil, err
	}
	h.log = string(log)
	h.released, err = os.ReadFile(filepath.Join(root, filepath.FromSlash(releasedFile)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if h.was, err = versionOf(h.released); err != nil {
			return nil, fmt.Errorf("%s: %w", releasedFile, err)
		}
		if h.changes, err = compare(h.released, h.contract); err != nil {
			return nil, err
		}
	}
	h.updated, err = update(h.log, h.section())
	return h, err
}

func (h *house) write(name, text string) error {
	return os.WriteFile(filepath.Join(h.root, filepath.FromSlash(name)), []byte(text), 0o644)
}

// check fails for a break that the version does not tell of, and for a change
// that the changelog does not.
func (h *house) check(out io.Writer) error {
	var errs []error
	breaks := 0
	for _, c := range h.changes {
		if c.breaks {
			breaks++
			fmt.Fprintf(out, "breaks clients: %s\n", c.text)
		}
	}
	switch {
	case h.released == nil:
		fmt.Fprintf(out, "%v is not released yet: it may still change in any way\n", h.is)
	case breaks > 0 && !h.is.tells(h.was):
		errs = append(errs, fmt.Errorf("%d changes break clients of %v: undo them, or make info.version %v",
			breaks, h.was, h.was.next()))
	default:
		fmt.Fprintf(out, "%d changes since %v, %d of them break clients; info.version is %v\n",
			len(h.changes), h.was, breaks, h.is)
	}
	if h.log != h.updated {
		errs = append(errs, fmt.Errorf("%s does not tell of all changes: run make changelog", changelogFile))
	}
	return errors.Join(errs...)
}

// cut makes the contract the last release.
func (h *house) cut(now time.Time, out io.Writer) error {
	if err := h.check(out); err != nil {
		return err
	}
	if h.released != nil && !h.is.after(h.was) {
		return fmt.Errorf("%v is released: raise info.version first", h.was)
	}
	text, err := closeSection(h.updated, h.is, now)
	if err != nil {
		return err
	}
	return errors.Join(h.write(changelogFile, text), h.write(releasedFile, string(h.contract)))
}
