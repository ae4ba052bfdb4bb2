package main

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/devpg"
)

// stage is a PostgreSQL with durable commits, a relay before it that can play a bad network, and
// the settings of the replicas.
type stage struct {
	folder string // that of PostgreSQL is below it
	binary string
	secret []byte

	server   *devpg.Server
	url      string // of the database, if it is not the server's
	relay    *relay
	replicas []*replica
	settings []string // more of the replicas' environment
	query    string   // more parameters of their ENROLL_DATABASE_URL, each with a leading &
	also     []func() // further functions that end something at close
}

// openStage starts PostgreSQL in a folder of its own, and migrates it.
func openStage(ctx context.Context, binary, parent string) (_ *stage, err error) {
	s := &stage{binary: binary, secret: make([]byte, 32)}
	_, _ = rand.Read(s.secret) // never fails: crypto/rand
	if s.folder, err = os.MkdirTemp(parent, "enroll-chaos-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(s.folder, 0o711); err != nil { // PostgreSQL may run as another account
		return nil, err
	}
	if err := s.startPostgres(ctx); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	if s.relay, err = newRelay(s.socket()); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	for _, args := range [][]string{{"keygen", s.folder + "/keys"}, {"migrate"}} {
		if _, err := s.enroll(ctx, binary, args...); err != nil {
			return nil, errors.Join(err, s.close(ctx))
		}
	}
	return s, nil
}

// enroll runs a command of the program on the database, and returns what it prints.
func (s *stage) enroll(ctx context.Context, binary string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = []string{"ENROLL_DATABASE_URL=" + s.database()}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%v: %w: %s", args, err, out)
	}
	return string(out), nil
}

// owner is the account of PostgreSQL's files, which its programs must run as.
func (s *stage) owner() (*syscall.Credential, error) {
	info, err := os.Stat(s.server.Folder())
	if err != nil {
		return nil, err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}, nil
}

func (s *stage) startPostgres(ctx context.Context) (err error) {
	s.server, err = devpg.Start(ctx, devpg.Config{Dir: s.folder, BinDir: os.Getenv("ENROLL_PG_BIN"), Durable: true})
	return err
}

// database is the connection string of the database, not through the relay.
func (s *stage) database() string {
	if s.url != "" {
		return s.url
	}
	return s.server.URL("enroll")
}

func (s *stage) socket() string {
	u, err := url.Parse(s.database())
	if err != nil {
		panic(err) // devpg's own
	}
	return u.Query().Get("host") + "/.s.PGSQL." + u.Query().Get("port")
}

// exec runs statements as the superuser.
func (s *stage) exec(ctx context.Context, statements ...string) error {
	return execOn(ctx, s.database(), statements...)
}

func execOn(ctx context.Context, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// killPostgres ends all processes of the server with SIGKILL, as a crash of the machine would, except
// that the kernel keeps what they have written.
func (s *stage) killPostgres(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.database())
	if err != nil {
		return err
	}
	postmaster := parentOf(int(conn.PgConn().PID()))
	_ = conn.Close(ctx)
	for _, pid := range append(childrenOf(postmaster), postmaster) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // the process may have ended meanwhile
	}
	<-s.server.Exited()
	_ = s.server.Stop(ctx) // which releases the lock
	return nil
}

// parentOf and childrenOf read /proc.
func parentOf(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

func childrenOf(parent int) (all []int) {
	names, _ := filepath.Glob("/proc/[0-9]*")
	for _, name := range names {
		if pid, err := strconv.Atoi(filepath.Base(name)); err == nil && parentOf(pid) == parent {
			all = append(all, pid)
		}
	}
	return all
}

// plantedCode is the one-time code of each phone.
const plantedCode = "246813"

// plant stores a code for each of n phones, as if a message had been sent to it, so that the load
// does not depend on a receiver. The form is that of internal/code.
func (s *stage) plant(ctx context.Context, n int) ([]int64, error) {
	key, err := hkdf.Key(sha256.New, s.secret, nil, "enroll code v1", sha256.Size)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, s.database())
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	phones, now := make([]int64, n), time.Now()
	columns := []string{"site_id", "address", "purpose", "user_id", "code_mac", "subnet", "network",
		"sent_at", "expires_at", "tries", "tries_elsewhere"}
	source := pgx.CopyFromSlice(n, func(i int) ([]any, error) {
		phones[i] = 13_000_000_000 + int64(i)*7919
		address := fmt.Sprintf("+86%d", phones[i])
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "1|register|0|%s|%s", plantedCode, address)
		return []any{int64(1), address, "register", int64(0), mac.Sum(nil), "", "",
			now, now.Add(time.Hour), int32(0), int32(0)}, nil
	})
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"one_time_codes"}, columns, source)
	return phones, err
}

// environ is the settings of a replica: those of production, except captchas and limits, since the
// whole load comes from one address.
func (s *stage) environ() []string {
	return append([]string{
		"ENROLL_SECRET=" + base64.StdEncoding.EncodeToString(s.secret),
		"ENROLL_TOKEN_KEYS=" + s.folder + "/keys/token-key.pem",
		"ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_URL=http://127.0.0.1:9/", // never called
		"ENROLL_SMS_WEBHOOK_SECRET=whsec_" + base64.StdEncoding.EncodeToString(s.secret),
		"ENROLL_CAPTCHA=off", "ENROLL_LIMIT_ADDRESS=off", "ENROLL_LIMIT_NETWORK=off", "ENROLL_STOP_DELAY=0s",
		fmt.Sprintf("ENROLL_DATABASE_URL=postgres://enroll@127.0.0.1:%d/enroll?sslmode=disable%s", s.relay.port(), s.query),
	}, s.settings...)
}

// close stops everything and removes the folder.
func (s *stage) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	for _, r := range s.replicas {
		r.kill()
	}
	for _, end := range s.also {
		end()
	}
	if s.relay != nil {
		s.relay.close()
	}
	var err error
	if s.server != nil {
		err = s.server.Discard(ctx)
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
