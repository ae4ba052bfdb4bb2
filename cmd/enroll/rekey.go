package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/rekey"
)

// computeKeys brings the stored keys, by which users are found, up to this version's rules of
// comparing identifiers. If two users now have the same key, it returns an error that lists up
// to a hundred of them: an operator has to change one identifier of each pair before the new
// version serves, because a login by either would lead to the same user. Names that only look
// alike are no error.
func computeKeys(ctx context.Context, url string) error {
	// Two connections are enough: the users are read and written one batch after another.
	pool, err := postgres.Open(ctx, postgres.Config{URL: url, MaxConns: 2, ApplicationName: "enroll migrate"})
	if err != nil {
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	defer pool.Close()
	// It is cheap if the rules are those of before: users whose keys are of this version are
	// not read.
	_, collisions, err := rekey.Run(ctx, pool)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	// The log names no identifier (I8): an operator finds a user by its id.
	var same []string
	for _, c := range collisions {
		// Two names that look alike have different keys, so each still leads to its own user.
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
