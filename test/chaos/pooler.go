package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// pooler is a PgBouncer between relay and PostgreSQL.
type pooler struct {
	address, config string
	owner           *syscall.Credential
	cmd             *exec.Cmd
	ended           chan struct{}
}

// throughPooler has the replicas use a pooler in transaction mode, set as docs/capacity.md says.
func throughPooler(_ context.Context, p *play) error {
	p.stage.query = "&default_query_exec_mode=exec"
	return nil
}

// withPooler starts the pooler.
func withPooler(ctx context.Context, p *play) error {
	database, err := url.Parse(p.stage.database())
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		return err
	}
	q := &pooler{address: "127.0.0.1:" + port, config: p.stage.folder + "/pgbouncer.ini"}
	if q.owner, err = p.stage.owner(); err != nil {
		return err
	}
	text := fmt.Sprintf(`[databases]
enroll = host=%s port=%s dbname=enroll user=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
server_login_retry = 1
ignore_startup_parameters = statement_timeout,lock_timeout,`+
		"idle_in_transaction_session_timeout,default_transaction_isolation\n",
		database.Query().Get("host"), database.Query().Get("port"), database.User.Username(), port)
	if err := os.WriteFile(q.config, []byte(text), 0o644); err != nil {
		return err
	}
	if err := q.start(ctx); err != nil {
		return err
	}
	p.pooler = q
	p.stage.also = append(p.stage.also, q.kill)
	p.stage.relay.turn(q.address)
	return nil
}

// start starts PgBouncer and waits until a query goes through it.
func (q *pooler) start(ctx context.Context) error {
	program := "/usr/sbin/pgbouncer" // Debian's folder, which is in PATH for root only
	if path, err := exec.LookPath("pgbouncer"); err == nil {
		program = path
	}
	q.cmd, q.ended = exec.Command(program, "-q", q.config), make(chan struct{})
	q.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: q.owner}
	q.cmd.Dir = "/"
	if err := q.cmd.Start(); err != nil {
		return fmt.Errorf("on Debian: apt-get install pgbouncer: %w", err)
	}
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(q.cmd, q.ended)
	var err error
	for end := time.Now().Add(readyWithin); time.Now().Before(end); {
		var conn *pgx.Conn
		conn, err = pgx.Connect(ctx, "postgres://enroll@"+q.address+"/enroll?sslmode=disable&default_query_exec_mode=exec")
		if err == nil {
			_, err = conn.Exec(ctx, "SELECT 1")
			_ = conn.Close(ctx)
		}
		if err == nil {
			return nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("pgbouncer does not answer: %w", err)
}

func (q *pooler) kill() {
	_ = q.cmd.Process.Signal(syscall.SIGKILL)
	<-q.ended
}

// killPooler kills PgBouncer, and in every other round PostgreSQL behind it.
func killPooler(ctx context.Context, p *play, round int) error {
	if round%2 == 1 {
		return killDatabase(ctx, p, round)
	}
	p.pooler.kill()
	return p.pooler.start(ctx)
}
