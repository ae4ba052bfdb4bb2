package command

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/user"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/internal/settings"
)

// statusNoOperation is the exit status of a command with --url that the admin API has no operation for.
const statusNoOperation = 2

// statusUnknown is the exit status of a command whose user, group, invitation, key, receiver or event does not exist,
// or whose invitation or key was revoked before. A script can distinguish it from other failures, whose status is 1.
const statusUnknown = 3

// ExitStatus returns the exit status for an error: statusNoOperation, statusUnknown or 1. There are no others: few
// scripts would use them, none of them could be changed later, and the text of the error says more.
func ExitStatus(err error) int {
	if errors.Is(err, errNoOperation) {
		return statusNoOperation
	}
	for _, unknown := range []error{
		operator.ErrUserUnknown, operator.ErrGroupUnknown, operator.ErrInvitationUnknown, servicekey.ErrUnknown,
		event.ErrReceiverUnknown, event.ErrEventUnknown, event.ErrAfterUnknown,
	} {
		if errors.Is(err, unknown) {
			return statusUnknown
		}
	}
	return 1
}

// desk is what the commands of this package share. Those of an operator work on the database directly, with the
// settings of the service, so that they need no running service and no key; with --url, they work by the admin API.
type desk struct {
	environ []string
	out     io.Writer
	// newAddresses and newMoney are those of [Program].
	newAddresses func(settings.Config, *postgres.Pool, func() time.Time) (*address.Addresses, error)
	newMoney     func(settings.Config, *slog.Logger) (*code.Money, error)
	// Flags of several commands.
	json bool
	dry  bool
	yes  bool
	by   byAPI
	// The fields below are nil or zero until open was called.
	pool   *postgres.Pool
	config settings.Config
	now    func() time.Time
}

// open reads the settings and opens the database. Each command calls it when it runs, so that --help needs neither
// settings nor database.
func (d *desk) open(ctx context.Context) (err error) {
	if d.config, err = settings.Read(false, d.environ); err != nil {
		return err
	}
	// These commands have no --dev, so there is no other database.
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
	// The ends of keys and sessions are compared with the database's time. If the clock of this machine is behind
	// and the time were read from it, new keys would end too early.
	clock := postgres.NewClock(time.Now)
	d.now = clock.Now
	return postgres.Safe(clock.Sync(ctx, d.pool))
}

// served refuses a site that the deployment does not serve. What is made for it would be of no use, and a mistyped
// --site would not show. Package operator refuses it, too, but its errors do not name the flag and the setting, and
// package servicekey does not know the sites.
func (d *desk) served(site int64) error {
	// By the admin API, the settings are those of the service, which refuses the site itself.
	if d.by.url != "" {
		return nil
	}
	if !slices.Contains(d.config.Sites, site) { // check: command-site
		return fmt.Errorf("--site %d: this deployment does not serve it, because ENROLL_SITES does not name it", site)
	}
	return nil
}

// Parts are the parts of [operator.Service] that only some acts need. The service has all of them. A command makes
// those that it needs, from the same settings.
type Parts struct {
	Codes     *code.Service      // to reset codes
	Rules     *operator.Rules    // to create and update users
	Addresses *address.Addresses // to send a recovery code
}

// NewOperator returns the use cases of operators. A part may be nil for a command that does not need it.
func NewOperator(c settings.Config, pool *postgres.Pool, now func() time.Time, p Parts) (*operator.Service, error) {
	// nil accepts phones of all countries: a user of a country that is no longer served may still log in.
	phones, err := identifier.NewPhoneRules(c.PhoneRegion, nil)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PHONE_REGION: %w", err)
	}
	return operator.New(operator.Config{
		Pool: pool, Sites: c.Sites, Codes: p.Codes, Addresses: p.Addresses, Phones: phones, DefaultGroup: c.GroupID,
		Rules: p.Rules, Locale: c.Locale, Now: now,
	})
}

// NewCodes returns the service of codes for a reset of an address. A reset sends no code, so no limits are set. Its
// metrics go to a registry that is not scraped: in the service, package account has registered the same names.
func NewCodes(c settings.Config, pool *postgres.Pool, now func() time.Time) (*code.Service, error) {
	// The secret must be that of the service: with another one a reset would find no count and report no error.
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

// atCommandLine returns the actor of a command in the audit log: the operating system's account that runs it.
func atCommandLine() audit.Actor {
	// A constraint of the audit log requires a name.
	actor := audit.Actor{Kind: audit.Command, Name: "unknown"}
	// In a container the user id may have no account name.
	if account, err := user.Current(); err == nil {
		if actor.Name = account.Username; actor.Name == "" {
			actor.Name = "uid " + account.Uid
		}
	}
	// Accounts of a directory service may have long names.
	name := []rune(actor.Name)
	actor.Name = string(name[:min(len(name), 64)]) // the bound of the audit log, in characters
	return actor
}

// print writes JSON if the command has --json, and otherwise a table of head and rows. A table has no rules and no
// colors, so that programs such as cut and awk can read it.
func (d *desk) print(value any, head string, rows ...[]any) error {
	// JSON is indented, because people read it, too.
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

// orDash returns the text of a cell, "-" if it is empty. With empty cells, a program that splits a line at blanks would
// find the next cells in the wrong columns.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// timeCell returns the cell of a time, "-" for none. Times are in UTC, because operators of one site may work in
// several time zones, and in the form of RFC 3339, which sorts as text.
func timeCell(at *time.Time) string {
	if at == nil || at.IsZero() {
		return "-"
	}
	return at.UTC().Format(time.RFC3339)
}

// parseID parses the id of a user. Commands take an id, because it does not change: the user name in a ticket may
// belong to another user by now.
func parseID(text string) (int64, error) {
	// A user name is not accepted: on sites of early releases it may have digits only, and look like an id.
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, errors.New("a user is named by its id, a whole number from 1; enroll user list --identifier finds it")
	}
	return id, nil
}
