//go:build unix

package devpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/devpg/archive"
)

// oldest is the oldest major version of PostgreSQL that is accepted, the same as in
// production (docs/deploy.md).
const oldest = 13

// inspectTimeout bounds the two calls with --version. They take milliseconds; the
// bound is long because a busy machine may need seconds.
const inspectTimeout = time.Minute

// usualFolders are where distributions and installers put the server programs,
// which are seldom on the PATH.
var usualFolders = [...]string{
	"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                   // PostgreSQL's packages for Red Hat and its kin
	"/usr/libexec/postgresql*",                           // Alpine
	"/usr/lib/postgresql*/bin",                           // SUSE
	"/opt/homebrew/opt/postgresql*/bin",                  // Homebrew, Apple silicon
	"/usr/local/opt/postgresql*/bin",                     // Homebrew, Intel
	"/opt/local/lib/postgresql*/bin",                     // MacPorts
	"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
	"/Library/PostgreSQL/*/bin", "/opt/PostgreSQL/*/bin", // EDB's installer
	"/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin", // built from source; Fedora and Arch
}

// binaries is a folder with initdb and postgres of one major version.
type binaries struct {
	dir   string
	major int
}

// program returns the path of a program. It is absolute, because a command runs in
// another folder.
func (b binaries) program(name string) string { return filepath.Join(b.dir, name) }

// findBinaries returns programs of the wanted major version (0: any from oldest on)
// that the account can run. If there are none, it downloads a build, unless
// Config.BinDir is set: then programs of another folder would be a surprise.
func findBinaries(ctx context.Context, c Config, who account, want int) (binaries, error) {
	if c.BinDir != "" {
		b, err := inspect(ctx, who, c.BinDir)
		if err != nil {
			return b, fmt.Errorf("devpg: ENROLL_PG_BIN: %w", err)
		}
		return b, matches(b, want)
	}
	var other error // why the last usable programs have the wrong version
	for _, dir := range searched(c) {
		b, err := inspect(ctx, who, dir)
		if err != nil {
			continue
		}
		if err := matches(b, want); err != nil {
			other = err
			continue
		}
		return b, nil
	}
	// A download of archive.PinnedMajor cannot read a cluster of another version.
	if want != 0 && want != archive.PinnedMajor && other != nil {
		return binaries{}, other
	}
	dir, err := fetch(ctx, c, who)
	if err != nil {
		return binaries{}, err
	}
	b, err := inspect(ctx, who, dir)
	if err != nil {
		return b, fmt.Errorf("devpg: the fetched PostgreSQL does not run: %w: %w", err, ErrNoBinaries)
	}
	return b, matches(b, want)
}

// matches returns an [ErrOtherVersion] if the programs are not of the wanted version.
func matches(b binaries, want int) error {
	if want == 0 || b.major == want {
		return nil
	}
	return fmt.Errorf("devpg: %w: it is of PostgreSQL %d, and %s holds %d; install %d, "+
		"or set ENROLL_DATA_DIR to another folder",
		ErrOtherVersion, want, b.dir, b.major, want)
}

// searched lists the folders to look into: that of initdb in PATH first, because the
// person at the terminal has chosen it, then the usual ones in their order, and of
// those that match one pattern the newest version first.
func searched(c Config) []string {
	if c.Search != nil {
		return c.Search
	}
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range usualFolders {
		found, _ := filepath.Glob(pattern) // fails on a malformed pattern only
		dirs = append(dirs, newestFirst(found)...)
	}
	return dirs
}

// newestFirst sorts folders by the last number in their names.
func newestFirst(dirs []string) []string {
	slices.SortStableFunc(dirs, func(a, b string) int { return lastNumber(b) - lastNumber(a) })
	return dirs
}

// digits finds the numbers of a folder's name. Sorted as text, 9.6 would be newer
// than 13.
var digits = regexp.MustCompile(`[0-9]+`)

// lastNumber returns the last number in a path, or 0 if there is none.
func lastNumber(s string) int {
	all := digits.FindAllString(s, -1)
	if len(all) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(all[len(all)-1]) // a number beyond int is not a version
	return n
}

// versionLine finds the major version in the output of --version, such as "initdb
// (PostgreSQL) 15.18 (Debian ...)" or "postgres (PostgreSQL) 19devel".
var versionLine = regexp.MustCompile(`\(PostgreSQL\) ([0-9]+)`)

// inspect runs initdb and postgres of dir with --version, as the account. That shows that
// they exist, are built for this machine, can be executed by the account, and are not
// wrapper scripts that need more arguments.
func inspect(ctx context.Context, who account, dir string) (binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return binaries{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	var majors [2]int
	for i, name := range []string{"initdb", "postgres"} {
		// Stat first: most of the usual folders do not exist, and its error is shorter.
		program := filepath.Join(dir, name)
		if _, err := os.Stat(program); err != nil {
			return binaries{}, err
		}
		out, err := who.command(ctx, "/", program, "--version").CombinedOutput()
		if err != nil {
			return binaries{}, fmt.Errorf("run %s as user id %d: %w: %s", program, who.uid, err, lastLines(out))
		}
		found := versionLine.FindSubmatch(out)
		if found == nil {
			return binaries{}, fmt.Errorf("%s prints no version", program)
		}
		majors[i], _ = strconv.Atoi(string(found[1])) // the pattern admits digits only
	}
	// A folder such as /usr/bin may hold initdb and postgres of different packages.
	if majors[0] != majors[1] {
		return binaries{}, fmt.Errorf("%s: initdb is of version %d, postgres of %d", dir, majors[0], majors[1])
	}
	if majors[1] < oldest {
		return binaries{}, fmt.Errorf("%s: PostgreSQL %d, but at least %d is needed", dir, majors[1], oldest)
	}
	return binaries{dir: dir, major: majors[1]}, nil
}

// lastLines returns the last five lines of a program's output as one line. They
// usually say why it failed.
func lastLines(out []byte) string {
	lines := strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) > 5 {
		lines = lines[len(lines)-5:]
	}
	return strings.Join(lines, " | ")
}
