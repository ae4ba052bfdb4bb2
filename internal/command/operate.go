package command

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/internal/settings"
)

// statusUnknown is the exit status of a command whose user, group or key does not exist, so that a script can
// tell that from a failure, whose status is 1.
const statusUnknown = 3

// ExitStatus returns the exit status for an error. There are three: more would be a promise that few scripts use, and
// the words of the error say more.
func ExitStatus(err error) int {
	for _, unknown := range []error{operator.ErrUserUnknown, operator.ErrGroupUnknown, servicekey.ErrUnknown} {
		if errors.Is(err, unknown) {
			return statusUnknown
		}
	}
	return 1
}

// desk is what the commands of an operator share. They work on the database directly, with the settings of
// the service, so that they need no running service and no key.
type desk struct {
	environ []string
	out     io.Writer
	// Flags of several commands.
	json bool
	dry  bool
	yes  bool
	// From here on nil until open was called.
	pool   *postgres.Pool
	config settings.Config
	now    func() time.Time
}

// Operate runs the commands of an operator: key, user and audit. The commands that need neither flags nor
// arguments stay in run. cobra reads flags before and after the arguments, and prints the help.
func Operate(ctx context.Context, args, environ []string, out io.Writer) error {
	d := &desk{environ: environ, out: out}
	// main prints errors, on one line; a usage below each would hide them.
	root := &cobra.Command{Use: "enroll", SilenceErrors: true, SilenceUsage: true}
	// The completion would know these three commands only.
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(out)
	// For all commands, also those that print one line: a script sets it without a look at each.
	root.PersistentFlags().BoolVar(&d.json, "json", false, "print JSON for programs instead of a table")
	root.AddCommand(d.keyCommand(), d.userCommand(), d.auditCommand())
	// A command that was refused before has opened none.
	defer func() {
		if d.pool != nil {
			d.pool.Close()
		}
	}()
	// The name in front is that of the group of commands; the error has the rest.
	if err := root.ExecuteContext(ctx); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}

// open reads the settings and opens the database. It is called by a command and not before, so that its help
// needs neither.
func (d *desk) open(ctx context.Context) (err error) {
	if d.config, err = settings.Read(false, d.environ); err != nil {
		return err
	}
	// A release build has no other database, and --dev is no flag of these commands.
	if d.config.DatabaseURL == "" {
		return errors.New("ENROLL_DATABASE_URL is not set: give the URL of a PostgreSQL database")
	}
	// One connection is enough: the statements of a command follow each other.
	d.pool, err = postgres.Open(ctx, postgres.Config{
		URL: d.config.DatabaseURL, MaxConns: 1, ApplicationName: "enroll command",
	})
	if err != nil {
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	// Ends of keys and sessions are in the database's time.
	// A machine whose clock is behind would make keys that end too early.
	clock := postgres.NewClock(time.Now)
	d.now = clock.Now
	return postgres.Safe(clock.Sync(ctx, d.pool))
}

// The service and the commands make this part alike, from the same settings.

// NewOperator returns the use cases of operators. codes may be nil for a command that resets none.
func NewOperator(
	c settings.Config, pool *postgres.Pool, codes *code.Service, now func() time.Time,
) (*operator.Service, error) {
	// Phones of any country: a user of a country that is no longer served may log in still.
	phones, err := identifier.NewPhoneRules(c.PhoneRegion, nil)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PHONE_REGION: %w", err)
	}
	return operator.New(operator.Config{Pool: pool, Codes: codes, Phones: phones, DefaultGroup: c.GroupID, Now: now})
}

// Resets are rare, so the commands make these parts when they are needed and not before.

// NewCodes returns the codes of the service, for a reset. It sends none, so it needs no limit.
func NewCodes(c settings.Config, pool *postgres.Pool, now func() time.Time) (*code.Service, error) {
	// A wrong secret would find no count and free no address, unnoticed: it is the service's own.
	secret, err := c.SecretBytes()
	if err != nil {
		return nil, err
	}
	codes, err := code.New(code.Config{
		Pool: pool, Secret: secret, Now: now, Rand: rand.Reader, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_SECRET: %w", err)
	}
	return codes, nil
}

// atCommandLine is the actor of a command in the audit log: the system's account that runs it.
func atCommandLine() audit.Actor {
	// The constraint of the log wants a name.
	actor := audit.Actor{Kind: audit.Command, Name: "unknown"}
	// A container may have no name for its number.
	if account, err := user.Current(); err == nil {
		if actor.Name = account.Username; actor.Name == "" {
			actor.Name = "uid " + account.Uid
		}
	}
	// Accounts of a directory may have long names.
	actor.Name = actor.Name[:min(len(actor.Name), 64)] // as the log has it
	return actor
}

// Tables have no lines and no colors, so that they can be cut by other programs in an emergency.

// print writes JSON if the command has --json, and otherwise a table of head and rows.
func (d *desk) print(value any, head string, rows ...[]any) error {
	// Indented: a person reads it now and then, and programs do not mind.
	if d.json {
		encoder := json.NewEncoder(d.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	}
	// Columns are as wide as their widest cell, two blanks apart.
	table := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, head)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(table, "\t")
			}
			fmt.Fprint(table, cell)
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}

// Columns stay apart only if none is empty.

// orDash returns a dash for an empty cell, which a reader could take for one of another column.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// In UTC, because operators of one site sit in several zones, and RFC 3339, which sorts.

// timeCell is a time in a table, "-" for none.
func timeCell(at *time.Time) string {
	if at == nil || at.IsZero() {
		return "-"
	}
	return at.UTC().Format(time.RFC3339)
}

// parseID reads the id of a user. An id does not change, while the user name that an operator has read in a ticket
// may be another user's by now.
func parseID(text string) (int64, error) {
	// No user name in its place: one of digits only could be either, on sites of early releases.
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, errors.New("a user is named by its id, a whole number from 1; enroll user list --identifier finds it")
	}
	return id, nil
}
