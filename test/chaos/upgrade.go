package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// buildPrevious builds the version before: the last tagged one, or, as long as none is tagged, the
// commit before the newest migration. The returned function removes it.
func buildPrevious(ctx context.Context, p *play) (binary string, remove func(), err error) {
	git := func(args ...string) string {
		out, err := exec.CommandContext(ctx, "git", args...).Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	commit := git("describe", "--tags", "--abbrev=0", "HEAD^")
	if commit == "" {
		newest := git("log", "-1", "--diff-filter=A", "--format=%H", "--", "schema/*.sql")
		commit = git("rev-parse", "--short", newest+"^")
	}
	if commit == "" {
		return "", nil, errors.New("the version before is built from the history of git, which is not here")
	}
	folder, err := os.MkdirTemp("", "enroll-previous-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(folder) }
	archive := exec.CommandContext(ctx, "git", "archive", "--output="+folder+"/previous.tar", commit)
	unpack := exec.CommandContext(ctx, "tar", "-xf", folder+"/previous.tar", "-C", folder)
	build := exec.CommandContext(ctx, "go", "build", "-o", folder+"/enroll", "./cmd/enroll")
	build.Dir = folder
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	for _, cmd := range []*exec.Cmd{archive, unpack, build} {
		if out, err := cmd.CombinedOutput(); err != nil {
			remove()
			return "", nil, fmt.Errorf("%s of %s: %w: %s", cmd.Args[0], commit, err, out)
		}
	}
	p.note("the version before is %s", commit)
	return folder + "/enroll", remove, nil
}

// migrators is how many `enroll migrate` run at once. One of three is killed.
const migrators = 24

// migrate upgrades the database while the version before serves, then the replicas, sets them back, and
// upgrades them again.
func migrate(ctx context.Context, p *play, _ int) error {
	before, err := p.step(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := p.migrateAtOnce(ctx); err != nil {
		return err
	}
	// A migration that was killed must not block the next one.
	if _, err := p.stage.enroll(ctx, p.next, "migrate"); err != nil {
		return err
	}
	after, err := p.step(ctx)
	if err != nil {
		return err
	}
	if before == after {
		return errors.New("the version before has all migrations")
	}
	p.note("from migration %d to %d in %.1f s", before, after, time.Since(begin).Seconds())
	for _, binary := range []string{p.next, p.stage.binary, p.next} {
		// The two versions serve side by side, and each accepts the other's tokens.
		for _, r := range p.stage.replicas {
			r.binary = binary
			if err := p.replace(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// migrateAtOnce runs many migrations at once and kills some of them.
func (p *play) migrateAtOnce(ctx context.Context) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed []error
	var killed atomic.Int64
	for i := range migrators {
		all.Go(func() {
			doomed := i%3 == 0
			limit := ctx
			if doomed {
				var cancel context.CancelFunc // which kills the command
				limit, cancel = context.WithTimeout(ctx, time.Duration(i+1)*40*time.Millisecond)
				defer cancel()
			}
			if _, err := p.stage.enroll(limit, p.next, "migrate"); err != nil {
				if doomed && limit.Err() != nil {
					killed.Add(1)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, err)
			}
		})
	}
	all.Wait()
	p.note("%d migrations at once, of which %d were killed", migrators, killed.Load())
	return errors.Join(failed...)
}

// step is the number of the last migration of the database.
func (p *play) step(ctx context.Context) (step int64, err error) {
	conn, err := pgx.Connect(ctx, p.stage.database())
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return step, conn.QueryRow(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&step)
}

// replace stops a replica, starts it again, and waits until haproxy has seen it. Then each replica must
// accept the tokens of the last 20 acknowledged registrations, no matter which replica has signed them.
func (p *play) replace(ctx context.Context, r *replica) error {
	if err := r.stop(); err != nil {
		return err
	}
	if err := r.start(ctx); err != nil {
		return err
	}
	if err := pause(ctx, 2*time.Second); err != nil {
		return err
	}
	all := p.crowd.history.sorted()
	for i, checked := len(all)-1, 0; i >= 0 && checked < 20; i-- {
		if all[i].Fate != acknowledged {
			continue
		}
		checked++
		for _, r := range p.stage.replicas {
			if err := p.crowd.acceptedAt(r.api, all[i].token, all[i].ID); err != nil {
				return fmt.Errorf("the token of %s is not accepted by %s: %w", all[i].Mark, filepath.Base(r.log.Name()), err)
			}
		}
	}
	return nil
}

// rotateKeys takes the steps of docs/integrate.md: a new key is published first, then it signs. The old
// ones stay, since no token of the load has expired.
func rotateKeys(ctx context.Context, p *play, round int) error {
	folder := fmt.Sprintf("%s/keys-%d", p.stage.folder, round)
	if _, err := p.stage.enroll(ctx, p.stage.binary, "keygen", folder); err != nil {
		return err
	}
	if p.keys == nil {
		p.keys = []string{p.stage.folder + "/keys/token-key.pem"}
	}
	fresh := folder + "/token-key.pem"
	published := append(append([]string{}, p.keys...), fresh)
	p.keys = append([]string{fresh}, p.keys...)
	for _, keys := range [][]string{published, p.keys} {
		for _, r := range p.stage.replicas {
			r.environ = append(r.environ, "ENROLL_TOKEN_KEYS="+strings.Join(keys, ","))
			if err := p.replace(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}
