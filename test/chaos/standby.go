package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/devpg"
)

// pair is a primary, which is the stage's server, and its standby.
type pair struct {
	standby     *devpg.Server
	synchronous bool
	made        int // standbys so far
}

// withStandby gives the stage's database a standby, which commits wait for if it is synchronous.
func withStandby(synchronous bool) func(context.Context, *play) error {
	return func(ctx context.Context, p *play) error {
		p.pair = &pair{synchronous: synchronous}
		p.stage.also = append(p.stage.also, func() {
			if p.pair.standby != nil {
				_ = p.pair.standby.Discard(context.Background())
			}
		})
		return p.pair.follow(ctx, p.stage)
	}
}

// program returns the path of one of PostgreSQL's programs.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // Debian's folder
	if len(found) == 0 {
		return "", fmt.Errorf("%s is not found", name)
	}
	return found[len(found)-1], nil
}

// copied takes a base backup of the stage's database. It returns a folder in which devpg finds the copy.
func (s *stage) copied(ctx context.Context, name string, options ...string) (folder string, err error) {
	backup, err := program("pg_basebackup")
	if err != nil {
		return "", err
	}
	primary, err := url.Parse(s.database())
	if err != nil {
		return "", err
	}
	owner, err := s.owner()
	if err != nil {
		return "", err
	}
	folder = s.folder + "/" + name
	home := folder + "/postgres" // where devpg looks for a cluster
	if err := errors.Join(os.Mkdir(folder, 0o711), os.Mkdir(home, 0o700),
		os.Chown(home, int(owner.Uid), int(owner.Gid))); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, backup, append([]string{"--pgdata=" + home + "/data", "--checkpoint=fast",
		"--host=" + primary.Query().Get("host"), "--port=" + primary.Query().Get("port"),
		"--username=" + primary.User.Username()}, options...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	cmd.Dir = home
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("pg_basebackup: %w: %s", err, out)
	}
	return folder, nil
}

// follow copies the primary and starts the copy as its standby.
func (q *pair) follow(ctx context.Context, s *stage) error {
	q.made++
	folder, err := s.copied(ctx, fmt.Sprintf("standby-%d", q.made), "--write-recovery-conf")
	if err != nil {
		return err
	}
	q.standby, err = devpg.Start(ctx, devpg.Config{Dir: folder, BinDir: os.Getenv("ENROLL_PG_BIN"), Durable: true})
	if err != nil || !q.synchronous {
		return err
	}
	if err := s.exec(ctx, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"); err != nil {
		return err
	}
	return q.awaitSync(ctx, s)
}

// awaitSync waits until commits wait for the standby.
func (q *pair) awaitSync(ctx context.Context, s *stage) error {
	conn, err := pgx.Connect(ctx, s.database())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for end := time.Now().Add(readyWithin); time.Now().Before(end); {
		var ready bool
		const query = "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')"
		if err := conn.QueryRow(ctx, query).Scan(&ready); err != nil {
			return err
		}
		if ready {
			return nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("the standby does not follow")
}

// promote makes the stage's server, which is a standby, accept writes. While the standby replays the
// log that it has received, it may cancel a statement, so the call of pg_promote is repeated.
func (s *stage) promote(ctx context.Context) error {
	for end := time.Now().Add(readyWithin); time.Now().Before(end); {
		_ = s.exec(ctx, "SELECT pg_promote()")
		if s.exec(ctx, "SELECT pg_current_wal_lsn()") == nil { // which fails during recovery
			return nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("the standby is not promoted")
}

// failover disconnects the standby, so that nothing more reaches it, kills the primary a moment later,
// promotes the standby, and gives it a standby of its own. A commit that the first standby has not
// confirmed is lost, and must not have been acknowledged. The standby is disconnected and not stopped
// by a signal: a stopped process still gets, when it goes on, what the kernel has received for it.
func failover(ctx context.Context, p *play, _ int) error {
	q, s := p.pair, p.stage
	err := execOn(ctx, q.standby.URL("enroll"), "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
	if err != nil {
		return err
	}
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	old := s.server
	if err := s.killPostgres(ctx); err != nil {
		return err
	}
	s.server, q.standby = q.standby, nil
	if err := s.promote(ctx); err != nil {
		return err
	}
	// A load balancer does the same at a failover: it ends connections to the old primary and sends
	// new ones to the new primary.
	s.relay.turn(s.socket())
	p.mended = time.Now()
	_ = old.Discard(ctx) // its folder is removed with the stage's
	return q.follow(ctx, s)
}
