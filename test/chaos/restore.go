package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/devpg"
)

// The drill of docs/backup.md: a base backup and an archive of WAL, a mistake of an operator, and a
// restore to the moment before it, while clients go on.

// undone is what a restore has taken back.
type undone struct {
	users  []attempt // acknowledged after the point in time
	before []attempt // acknowledged before it, with the tokens that the restore has ended
}

// archiveFolder is where the segments of WAL go.
func (s *stage) archiveFolder() string { return s.folder + "/archive" }

// archiving sets up what docs/backup.md describes: an archive of WAL, and a base backup.
func archiving(ctx context.Context, p *play) error {
	s := p.stage
	owner, err := s.owner()
	if err != nil {
		return err
	}
	if err := errors.Join(os.Mkdir(s.archiveFolder(), 0o700),
		os.Chown(s.archiveFolder(), int(owner.Uid), int(owner.Gid))); err != nil {
		return err
	}
	command := "test ! -f " + s.archiveFolder() + "/%f && cp %p " + s.archiveFolder() + "/%f"
	if err := s.exec(ctx, "ALTER SYSTEM SET archive_mode = on", "ALTER SYSTEM SET archive_timeout = '10s'",
		"ALTER SYSTEM SET archive_command = '"+command+"'"); err != nil {
		return err
	}
	if err := s.server.Stop(ctx); err != nil { // archive_mode needs a restart
		return err
	}
	return s.startPostgres(ctx)
}

// restoreToPoint takes a base backup, lets people register up to a point in time and after it, breaks
// the table of users, and restores the database to the point.
func restoreToPoint(ctx context.Context, p *play, round int) error {
	s, name := p.stage, fmt.Sprintf("restored-%d", round)
	folder, err := s.copied(ctx, name, "--wal-method=none")
	if err != nil {
		return err
	}
	if err := pause(ctx, p.length); err != nil {
		return err
	}
	point := time.Now()
	if err := pause(ctx, p.length); err != nil {
		return err
	}
	// The mistake is the DELETE below. The service is disconnected just before it, so that no client sees its effect.
	s.relay.away.Store(true)
	s.relay.reset()
	broken := time.Now()
	if err := s.exec(ctx, "DELETE FROM users WHERE id % 2 = 0"); err != nil {
		return err
	}
	if err := s.archived(ctx); err != nil {
		return err
	}
	if err := s.server.Stop(ctx); err != nil {
		return err
	}
	old := s.server
	if err := s.recover(ctx, folder, point); err != nil {
		return err
	}
	_ = old.Discard(ctx) // its folder is removed with the stage's
	// The scenario control-restore leaves `enroll restored` out, to show that the check notices it.
	if p.fails == nil {
		if _, err := s.enroll(ctx, s.binary, "restored", "--yes"); err != nil {
			return err
		}
	}
	p.setBack(point, broken)
	if err := s.exec(ctx, "DELETE FROM one_time_codes"); err != nil {
		return err
	}
	if _, err := s.plant(ctx, len(p.crowd.phones)); err != nil { // the old codes have ended
		return err
	}
	s.relay.turn(s.socket())
	s.relay.away.Store(false)
	return nil
}

// archived waits until the archive has all that was committed.
func (s *stage) archived(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.database())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var last string
	if err := conn.QueryRow(ctx, "SELECT pg_walfile_name(pg_switch_wal())").Scan(&last); err != nil {
		return err
	}
	for end := time.Now().Add(readyWithin); time.Now().Before(end); {
		if _, err := os.Stat(s.archiveFolder() + "/" + last); err == nil {
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s is not archived", last)
}

// recover starts the copy in a folder and lets it replay the archive up to a point in time.
func (s *stage) recover(ctx context.Context, folder string, point time.Time) error {
	data := folder + "/postgres/data"
	owner, err := s.owner()
	if err != nil {
		return err
	}
	settings, err := os.OpenFile(data+"/postgresql.auto.conf", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(settings, "restore_command = 'cp %s/%%f %%p'\nrecovery_target_time = '%s'\n"+
		"recovery_target_action = 'promote'\n", s.archiveFolder(), point.UTC().Format("2006-01-02 15:04:05.000000+00"))
	if err := errors.Join(err, settings.Close(), os.WriteFile(data+"/recovery.signal", nil, 0o600),
		os.Chown(data+"/recovery.signal", int(owner.Uid), int(owner.Gid))); err != nil {
		return err
	}
	s.server, err = devpg.Start(ctx, devpg.Config{Dir: folder, BinDir: os.Getenv("ENROLL_PG_BIN"), Durable: true})
	if err != nil {
		return err
	}
	for end := time.Now().Add(readyWithin); time.Now().Before(end); {
		if s.exec(ctx, "SELECT pg_current_wal_lsn()") == nil { // which fails during recovery
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("the restore does not end")
}

// setBack removes the attempts that were answered after the point in time from the history.
// Registrations that were acknowledged before it must have a row, and their tokens must have ended.
func (p *play) setBack(point, broken time.Time) {
	h := p.crowd.history
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attempts = slices.DeleteFunc(h.attempts, func(a attempt) bool {
		if a.Fate == acknowledged && a.At.After(point) && a.At.Before(broken) {
			p.undone.users = append(p.undone.users, a)
		}
		return a.At.After(point)
	})
	for i := range h.attempts {
		a := &h.attempts[i]
		if a.Fate == acknowledged && a.token != "" {
			p.undone.before = append(p.undone.before, *a)
			a.token = ""
		}
	}
}

// afterRestore counts ids that were given twice, and accepted tokens that were issued before the restore.
func afterRestore(ctx context.Context, p *play, v *verdict) error {
	rows, err := readRows(ctx, p.stage.database())
	if err != nil {
		return err
	}
	marks := map[int64]string{}
	for mark, ids := range rows.byMark {
		for _, id := range ids {
			marks[id] = mark
		}
	}
	for _, a := range p.undone.users {
		// A commit close to the point in time may have been restored.
		if mark, given := marks[a.ID]; given && mark != a.Mark {
			v.found(&v.Double, "its id is now that of "+mark, a)
		}
	}
	old := slices.Concat(p.undone.users, p.undone.before)
	for i := 0; i < len(old) && ctx.Err() == nil; i += max(1, len(old)/200) {
		if p.crowd.accepted(old[i].token, old[i].ID) == nil {
			v.found(&v.Tokens, "a token from before the restore is accepted", old[i])
		}
	}
	p.note("undone: %d registrations after the point in time; kept: %d before it", len(p.undone.users),
		len(p.undone.before))
	if len(p.undone.users) == 0 || len(p.undone.before) == 0 {
		return errors.New("nothing was undone, or nothing kept")
	}
	return nil
}
