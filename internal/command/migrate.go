package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/rekey"
	"github.com/enroll-project/enroll/internal/restore"
	"github.com/enroll-project/enroll/internal/settings"
)

// migrateCommand returns the command `enroll migrate`. It is run once a release, by a role that
// may change the schema, before the first replica of the new version starts.
func (d *desk) migrateCommand() *cobra.Command {
	return &cobra.Command{Use: "migrate", Short: "bring the database of ENROLL_DATABASE_URL up to this version, then exit",
		Args: NoArgs, GroupID: ForService,
		RunE: func(c *cobra.Command, _ []string) error { return migrate(c.Context(), d.environ, d.out) }}
}

// migrate needs neither the secret nor the keys of the service, because the role that migrates does not serve.
func migrate(ctx context.Context, environ []string, out io.Writer) error {
	c, err := settings.Read(false, environ)
	if err != nil {
		return err
	}
	if c.DatabaseURL == "" {
		return errors.New("ENROLL_DATABASE_URL is not set: give the URL of a PostgreSQL database")
	}
	if err := Upgrade(ctx, c.DatabaseURL); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "the database is up to date")
	return err
}

// Upgrade migrates the database of ENROLL_DATABASE_URL, sets events in order if it was moved from another cluster, and
// computes again the stored keys that were made by earlier rules (see computeKeys). If the database
// cannot be reached, the error names the setting.
func Upgrade(ctx context.Context, url string) error {
	err := postgres.Migrate(ctx, url)
	switch {
	case err == nil:
		return computeKeys(ctx, url)
	case postgres.IsUnreachable(err):
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	return fmt.Errorf("migrate: %w", err)
}

// computeKeys brings the stored keys, by which users are found, up to this version's rules of
// comparing identifiers. If two users now have the same key, it returns an error that lists up
// to a hundred of them: an operator has to change one identifier of each pair before the new
// version serves, because a login by either would lead to the same user. Names that only look
// alike are not errors.
func computeKeys(ctx context.Context, url string) error {
	// Two connections are enough: the users are read and written one batch after another.
	pool, err := postgres.Open(ctx, postgres.Config{URL: url, MaxConns: 2, ApplicationName: "enroll migrate"})
	if err != nil {
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	defer pool.Close()
	// This runs before the first replica serves a moved database, so that no event gets a place that readers have passed.
	// A database that was moved by a dump is found by its events, because nothing else in it shows the move.
	if err := restore.Moved(ctx, pool); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	// Run is cheap if the rules have not changed: users whose keys are of this version are not
	// read. It stores this version in the database when no two users have the same key, and
	// replicas of this version become ready only then. A run that is killed stores no version, and
	// may be repeated: it goes on with the users whose keys are older.
	_, collisions, err := rekey.Run(ctx, pool, identifier.DataVersion)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	// The log names no identifier (I8 of package account): an operator finds a user by its id.
	var same []string
	for _, c := range collisions {
		// Two names that look alike have different keys, so each still leads to its own user.
		if !c.Look && len(same) < 100 {
			same = append(same, fmt.Sprintf("user %d (%s)", c.User, c.Field))
		}
	}
	if len(same) > 0 {
		return fmt.Errorf("migrate: by the rules of this version these users have an identifier of another user, "+
			"and keep their old key: %s; docs/names.md says what to do", strings.Join(same, ", "))
	}
	return nil
}
