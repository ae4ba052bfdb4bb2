//go:build !unix

package devpg

import (
	"context"
	"errors"
)

// Server cannot exist on this system.
type Server struct{}

// Start returns an error: this system has neither unix sockets with file modes nor
// flock. Use the Windows Subsystem for Linux, or set ENROLL_DATABASE_URL to a running
// PostgreSQL.
func Start(context.Context, Config) (*Server, error) {
	return nil, errors.New("devpg: not on this system: set ENROLL_DATABASE_URL to a running PostgreSQL")
}

// URL is never called.
func (*Server) URL(string) string { return "" }

// Folder is never called.
func (*Server) Folder() string { return "" }

// Exited is never called.
func (*Server) Exited() <-chan struct{} { return nil }

// Stop is never called.
func (*Server) Stop(context.Context) error { return nil }

// Discard is never called.
func (*Server) Discard(context.Context) error { return nil }

// Sweep does nothing: there is nothing to remove.
func Sweep(string) {}
