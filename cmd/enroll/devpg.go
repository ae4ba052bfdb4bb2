//go:build !release

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/enroll-project/enroll/internal/devpg"
)

// stopTimeout bounds the end of the development database. [devpg.Server.Stop]
// needs 20 seconds if PostgreSQL ends by SIGKILL only.
const stopTimeout = 30 * time.Second

// startDevDatabase starts a private PostgreSQL in c.DataDir and returns the URL
// of its database, and a function that stops it. On a machine without
// PostgreSQL it downloads and executes one, which is why a build with the tag
// "release" leaves it out.
func startDevDatabase(ctx context.Context, c *config, out io.Writer) (url string, stop func() error, err error) {
	say := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	server, err := devpg.Start(ctx, devpg.Config{Dir: c.DataDir, BinDir: c.PGBin, Durable: true, Say: say})
	if err != nil {
		return "", nil, err
	}
	return server.URL("enroll"), func() error {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		return server.Stop(ctx)
	}, nil
}
