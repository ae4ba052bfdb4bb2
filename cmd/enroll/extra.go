package main

import (
	"fmt"
	"os"

	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/settings"
)

// newExtra reads the schema of the users' extra data, nil if none is set. It is compiled at the start, so that
// a mistake in the file fails the start and no request. A file is read once: a change of it takes effect at the
// next start, as that of a setting does.
func newExtra(c settings.Config) (*extra.Schema, error) {
	if c.ExtraSchema == "" {
		return nil, nil
	}
	// All replicas must be given the same file; there is no way to see here whether they were. A folder or a file
	// without permission is an error here, too: a service that started without the schema would refuse what
	// clients send, and hide what users have.
	text, err := os.ReadFile(c.ExtraSchema)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_EXTRA_SCHEMA: %w", err)
	}
	// The error has the place in the file. A schema has no secrets, so it may be quoted.
	schema, err := extra.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_EXTRA_SCHEMA: %s: %w", c.ExtraSchema, err)
	}
	return schema, nil
}
