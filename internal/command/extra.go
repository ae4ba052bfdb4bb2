package command

import (
	"fmt"

	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/settings"
)

// NewExtra returns the schema of the users' extra data, or nil if none is set. It compiles the schema at the
// start, so that a mistake in the file fails the start and not a request. The file is read once: a change of it
// takes effect at the next start, like a change of a setting.
func NewExtra(c settings.Config) (*extra.Schema, error) {
	if c.ExtraSchema == "" {
		return nil, nil
	}
	// All replicas must have the same file. This cannot be checked here. A folder and a file without permission are
	// errors: a service that started without the schema would refuse the extra data that clients send, and hide
	// the data that users have.
	text, err := settings.ReadFile(c.ExtraSchema)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_EXTRA_SCHEMA: %w", err)
	}
	// The error names the place in the file. It may quote the schema, which has no secrets.
	schema, err := extra.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_EXTRA_SCHEMA: %s: %w", c.ExtraSchema, err)
	}
	return schema, nil
}
