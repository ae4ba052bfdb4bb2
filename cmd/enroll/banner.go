package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
)

// announce says where things are: to people in development, to the log
// elsewhere.
func announce(c config, log *slog.Logger, out io.Writer, api, ops net.Addr) {
	if !c.dev {
		log.Info("serving", "version", version, "addr", api.String(), "ops_addr", ops.String())
		return
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		dir = c.DataDir
	}
	base := "http://" + reachable(api)
	page := base + "/"
	if c.Page != "on" {
		page = "off"
	}
	fmt.Fprintf(out, `
Enroll %[1]s is ready, for development.
  Page        %[5]s
  API         %[2]s/api/register
  Swagger UI  %[2]s/docs/
  Metrics     http://%[3]s/metrics
  Data        %[4]s

Register a user:
  curl -s %[2]s/api/register -H 'Content-Type: application/json' -d '{"user_name":"newuser","password":"MyPassword123"}'

`, version, base, reachable(ops), dir, page)
}

// reachable is an address that a person on this machine can open.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(strings.TrimSpace(host), port)
}
