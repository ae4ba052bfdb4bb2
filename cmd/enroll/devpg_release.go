//go:build release

package main

import (
	"context"
	"errors"
	"io"

	"github.com/enroll-project/enroll/internal/settings"
)

// startDevDatabase returns an error: a release build has no development
// database, because that may download programs and execute them. `serve --dev` works
// if ENROLL_DATABASE_URL is set.
func startDevDatabase(context.Context, *settings.Config, io.Writer) (devDatabase, error) {
	return devDatabase{}, errors.New("this release build has no development database: " +
		"set ENROLL_DATABASE_URL to a PostgreSQL for serve --dev to use, or build from source with make build")
}
