//go:build !release

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/enroll-project/enroll/internal/command"
	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/internal/settings"
)

const (
	// stopTimeout bounds the end of the development database. [devpg.Server.Stop]
	// needs 20 seconds if PostgreSQL ends by SIGKILL only.
	stopTimeout = 30 * time.Second
	// restartPeriod is the pause between two attempts to start PostgreSQL again. It is
	// short, because the API answers 503 meanwhile.
	restartPeriod = time.Second
)

// startDevDatabase starts a private PostgreSQL in c.DataDir. If PostgreSQL ends
// while the service runs, it is started again. On a machine without PostgreSQL it
// downloads and executes one, which is why a build with the tag "release" leaves
// it out.
func startDevDatabase(ctx context.Context, c *settings.Config, out io.Writer) (devDatabase, error) {
	// Plain lines, not log records: a download at the first start takes a while, and its
	// progress is for the person in front of the terminal.
	say := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	config := devpg.Config{Dir: c.DataDir, BinDir: c.PGBin, Durable: true, Say: say}
	// The server is durable, as in production: users that were registered survive a power failure.
	server, err := devpg.Start(ctx, config)
	if err != nil {
		return devDatabase{}, err
	}
	// The watcher is a goroutine of its own, because serve waits for the end of ctx meanwhile.
	// A restart keeps the folder, and therefore the URL that the pool uses.
	url, folder := server.URL("enroll"), server.Folder()
	keeping, cancel := context.WithCancel(ctx)
	kept := make(chan *devpg.Server, 1)
	go func() { kept <- keepRunning(keeping, config, server) }()
	return devDatabase{url: url, folder: folder, stop: func() error {
		// Stop the watcher first, or it would start PostgreSQL again.
		cancel()
		last := <-kept
		if last == nil {
			return nil
		}
		// ctx has usually ended by now, because its end stops the service.
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		return last.Stop(ctx)
	}}, nil
}

// keepRunning starts PostgreSQL again each time it ends, until ctx ends. It returns
// the server that runs then, or nil if PostgreSQL does not run.
func keepRunning(ctx context.Context, config devpg.Config, server *devpg.Server) *devpg.Server {
	for {
		select {
		case <-ctx.Done():
			return server
		case <-server.Exited():
		}
		if ctx.Err() != nil {
			return server
		}
		config.Say("PostgreSQL has ended, and is started again; %s says why",
			filepath.Join(absolute(config.Dir), "postgres.log"))
		_ = server.Stop(ctx) // it has ended; this releases the data folder
		if server = restart(ctx, config); server == nil {
			return nil
		}
		config.Say("PostgreSQL runs again")
	}
}

// restart tries to start PostgreSQL each restartPeriod until it succeeds. It then
// migrates the database, because the data folder may have been deleted and made
// anew. It returns nil if ctx has ended. An error is printed once, not each time.
func restart(ctx context.Context, config devpg.Config) *devpg.Server {
	said := "" // the error that was printed last
	for {
		server, err := devpg.Start(ctx, config)
		if err == nil {
			if err = command.Upgrade(ctx, server.URL("enroll")); err == nil {
				return server
			}
			err = errors.Join(err, server.Stop(ctx))
		}
		if ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			config.Say("PostgreSQL does not start; it is tried again each second: %s", said)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(restartPeriod):
		}
	}
}
