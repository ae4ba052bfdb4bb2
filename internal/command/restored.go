package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/restore"
	"github.com/enroll-project/enroll/internal/settings"
)

// restoredCommand returns the command that follows a restore of the database to an earlier point in time,
// before the first replica starts (package restore has the reasons). It needs the role that
// migrates: the service's own may not set a sequence.
//
// It is not a part of migrate, which runs at each release, because a program cannot detect that
// a database was restored: a failover begins a new timeline of PostgreSQL as well.
func (d *desk) restoredCommand() *cobra.Command {
	c := &cobra.Command{Use: "restored", GroupID: ForService, Args: NoArgs,
		Short: "after a restore to an earlier point in time: give no id twice, end all sessions",
		RunE: func(c *cobra.Command, _ []string) error {
			if !d.yes { // check: restored-confirmed
				return errors.New("this ends all sessions of all users and cannot be undone: " +
					"if the database of ENROLL_DATABASE_URL was restored, repeat with --yes")
			}
			return restored(c.Context(), d.environ, d.out)
		}}
	c.Flags().BoolVar(&d.yes, "yes", false, "do it: it ends all sessions")
	return c
}

// restored prints how many users, codes and ids it has changed, so that an operator can compare them with the backup.
func restored(ctx context.Context, environ []string, out io.Writer) error {
	c, err := settings.Read(false, environ)
	if err != nil {
		return err
	}
	if c.DatabaseURL == "" {
		return errors.New("ENROLL_DATABASE_URL is not set: give the URL of a PostgreSQL database")
	}
	// One connection is enough, because the statements follow each other.
	pool, err := postgres.Open(ctx, postgres.Config{URL: c.DatabaseURL, MaxConns: 1, ApplicationName: "enroll restored"})
	if err != nil {
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	defer pool.Close()
	// Tokens are issued in the database's time. If the clock of this machine is behind and the time were
	// read from it, the last tokens would stay valid.
	clock := postgres.NewClock(time.Now)
	if err := clock.Sync(ctx, pool); err != nil {
		return fmt.Errorf("restored: %w", err)
	}
	// If Run fails in the middle, ids may be skipped while sessions are still live. The operator runs it again.
	r, err := restore.Run(ctx, pool, atCommandLine(), clock.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "all sessions of %d users are ended, %d codes are deleted, and the next user gets an id "+
		"above %d. If more than %d people have registered since the point in time of the backup, run this again: "+
		"it skips as many ids again.\n", r.Users, r.Codes, r.LastSkipped, restore.Skipped)
	return err
}
