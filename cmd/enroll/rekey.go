package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/rekey"
)

// computeKeys computes the stored keys again that an older data version has made. It returns
// an error that names the users whose identifiers have become the same one, up to a
// hundred of them: before the new version serves, an operator has to change one of
// both, because the key leads to the other. Names that only look alike do not stop it.
func computeKeys(ctx context.Context, url string) error {
	// Two connections are enough: the users are read and written one window after another.
	pool, err := postgres.Open(ctx, postgres.Config{URL: url, MaxConns: 2, ApplicationName: "enroll migrate"})
	if err != nil {
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	defer pool.Close()
	_, collisions, err := rekey.Run(ctx, pool)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	// The log names no identifier (I8): an operator finds a user by its id.
	var same []string
	for _, c := range collisions {
		// Of two names that look alike each still leads to its own user.
		if !c.Look && len(same) < 100 {
			same = append(same, fmt.Sprintf("user %d (%s)", c.User, c.Field))
		}
	}
	if len(same) > 0 {
		return fmt.Errorf("migrate: by the rules of this version these users have an identifier of another user, "+
			"and keep their old key: %s; docs/names.md says what to do", strings.Join(same, ", "))
	}
	return nil
}
