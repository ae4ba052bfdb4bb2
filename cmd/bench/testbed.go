package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/devpg"
)

// testbed is what the servers under test need: a private PostgreSQL, the keys of
// their tokens, and their secret.
type testbed struct {
	dir       string
	temporary bool
	binary    string
	keys      string
	secret    []byte
	settings  map[string]string // of PostgreSQL, those that differ from its defaults

	postgres   *devpg.Server
	postmaster int // its process
	databases  int
}

// tuning has the settings of PostgreSQL that operators usually raise: its own
// defaults suit a machine with 1 GB of memory. Settings of durability stay as they
// are: fsync, synchronous_commit and full_page_writes are on.
func tuning() map[string]string {
	return map[string]string{"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "15min"}
}

func openTestbed(ctx context.Context, dir, binary string, connections int) (_ *testbed, err error) {
	s := &testbed{dir: dir, settings: tuning(), secret: make([]byte, 32)}
	_, _ = rand.Read(s.secret) // never fails: crypto/rand
	if s.binary, err = filepath.Abs(binary); err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.binary); err != nil {
		return nil, fmt.Errorf("%w: make build makes it", err)
	}
	if dir == "" {
		if s.dir, err = os.MkdirTemp("", "enroll-bench-"); err != nil {
			return nil, err
		}
		s.temporary = true
		if err := os.Chmod(s.dir, 0o711); err != nil { // PostgreSQL may run as another account
			return nil, err
		}
	}
	s.keys = filepath.Join(s.dir, "keys")
	if _, err := os.Stat(s.keys); errors.Is(err, os.ErrNotExist) {
		if out, err := exec.CommandContext(ctx, s.binary, "keygen", s.keys).CombinedOutput(); err != nil {
			return nil, errors.Join(fmt.Errorf("keygen: %w: %s", err, out), s.close())
		}
	}
	if err := s.startPostgres(ctx, connections); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// startPostgres starts PostgreSQL, writes the settings, and starts it again,
// because it reads shared_buffers only at its start.
func (s *testbed) startPostgres(ctx context.Context, connections int) (err error) {
	for round := range 2 {
		s.postgres, err = devpg.Start(ctx, devpg.Config{Dir: s.dir, Durable: true, MaxConnections: connections})
		if err != nil {
			return err
		}
		if round == 1 {
			break
		}
		for name, value := range s.settings {
			if err := s.exec(ctx, "enroll", fmt.Sprintf("ALTER SYSTEM SET %s = '%s'", name, value)); err != nil {
				return err
			}
		}
		if err := s.postgres.Stop(ctx); err != nil {
			return err
		}
	}
	var backend int
	return s.with(ctx, "enroll", func(c *pgx.Conn) error {
		if err := c.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
			return err
		}
		s.postmaster, err = parentOf(backend)
		return err
	})
}

func (s *testbed) close() error {
	var err error
	if s.postgres != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		err = s.postgres.Discard(ctx)
	}
	if s.temporary {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// with opens a connection, calls do with it, and closes it.
func (s *testbed) with(ctx context.Context, database string, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.postgres.URL(database))
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close(ctx))
}

func (s *testbed) exec(ctx context.Context, database, sql string) error {
	return s.with(ctx, database, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, sql)
		return err
	})
}

// empty makes a database without tables.
func (s *testbed) empty(ctx context.Context) (string, error) {
	s.databases++
	name := fmt.Sprintf("bench%d", s.databases)
	return name, s.exec(ctx, "enroll", "CREATE DATABASE "+name)
}

// database makes a migrated database.
func (s *testbed) database(ctx context.Context) (string, error) {
	name, err := s.empty(ctx)
	if err != nil {
		return "", err
	}
	return name, s.migrate(ctx, name)
}

func (s *testbed) drop(ctx context.Context, database string) error {
	return s.exec(ctx, "enroll", "DROP DATABASE "+database+" WITH (FORCE)")
}

func (s *testbed) migrate(ctx context.Context, database string) error {
	cmd := exec.CommandContext(ctx, s.binary, "migrate")
	cmd.Env = s.environ(database)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w: %s", err, out)
	}
	return nil
}

// calm makes PostgreSQL write a checkpoint, so that data written earlier is not
// flushed during the next measurement.
func (s *testbed) calm(ctx context.Context) error { return s.exec(ctx, "enroll", "CHECKPOINT") }

// environ returns the settings of a server. They are those of production, except
// that captchas and the limits of an address and a network are off, because the whole
// load comes from one address.
func (s *testbed) environ(database string, more ...string) []string {
	return append([]string{
		"ENROLL_DATABASE_URL=" + s.postgres.URL(database),
		"ENROLL_SECRET=" + base64.StdEncoding.EncodeToString(s.secret),
		"ENROLL_TOKEN_KEYS=" + filepath.Join(s.keys, "token-key.pem"),
		// The server never sends to this URL, because plant stores the codes.
		"ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_URL=http://127.0.0.1:9/",
		"ENROLL_SMS_WEBHOOK_SECRET=whsec_" + base64.StdEncoding.EncodeToString(s.secret),
		"ENROLL_CAPTCHA=off", "ENROLL_LIMIT_ADDRESS=off", "ENROLL_LIMIT_NETWORK=off",
	}, more...)
}

// shown returns the settings for the report: the protections that are off, and what differs from PostgreSQL's defaults.
func (s *testbed) shown() map[string]string {
	all := map[string]string{"ENROLL_CAPTCHA": "off", "ENROLL_LIMIT_ADDRESS": "off", "ENROLL_LIMIT_NETWORK": "off"}
	for name, value := range s.settings {
		all["postgres "+strings.ToLower(name)] = value
	}
	return all
}
