package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"
)

// behindHaproxy starts a haproxy before the two replicas, to which all requests go. As by default,
// haproxy repeats a request only if it could not connect.
func behindHaproxy(ctx context.Context, p *play) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	front := l.Addr().String()
	_ = l.Close()
	config := `defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  option httpchk GET /readyz
  default-server inter 500ms fall 2 rise 1
frontend front
  bind ` + front + `
  default_backend replicas
backend replicas
  balance roundrobin
`
	for i, r := range p.stage.replicas {
		_, ops, err := net.SplitHostPort(r.ops)
		if err != nil {
			return err
		}
		config += fmt.Sprintf("  server r%d %s check port %s\n", i, r.api, ops)
	}
	name := p.stage.folder + "/haproxy.cfg"
	if err := os.WriteFile(name, []byte(config), 0o644); err != nil {
		return err
	}
	// The process ends with the scenario.
	cmd := exec.CommandContext(ctx, "haproxy", "-db", "-f", name)
	cmd.Stdout, cmd.Stderr = p.stage.replicas[0].log, p.stage.replicas[0].log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("on Debian: apt-get install haproxy: %w", err)
	}
	go func() { _ = cmd.Wait() }()
	p.stage.also = append(p.stage.also, func() { _ = cmd.Process.Kill() })
	p.crowd.replicas = []string{front}
	for end := time.Now().Add(readyWithin); time.Now().Before(end); {
		conn, err := net.DialTimeout("tcp", front, time.Second)
		if err == nil {
			_ = conn.Close()
			return pause(ctx, time.Second) // until both have been checked
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("haproxy does not listen on %s", front)
}

// rollingRestart stops and starts one replica after the other. Between the two it waits for 2 s, in
// which haproxy finds the first one ready again.
func rollingRestart(ctx context.Context, p *play, _ int) error {
	for _, r := range p.stage.replicas {
		if err := r.stop(); err != nil {
			return err
		}
		if err := r.start(ctx); err != nil {
			return err
		}
		if err := pause(ctx, 2*time.Second); err != nil {
			return err
		}
	}
	return nil
}
