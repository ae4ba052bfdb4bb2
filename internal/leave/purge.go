package leave

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

const (
	// margin is the wait between the time of a deletion and the deletion. It is longer than a
	// request takes, so that no request that began before the sessions ended adds a row
	// afterwards.
	margin = time.Minute
	// patience is how long a deletion then waits for a notice that could not be sent yet.
	patience = 24 * time.Hour
	// chunk is the number of users that one statement deletes. Each may have 100 sessions,
	// which go with it.
	chunk = 100
	// stepTimeout bounds the statements for one chunk.
	stepTimeout = 10 * time.Second
)

// Purge deletes the users that are due, 1,000 at most, and returns their number. Call it from time to time.
// Replicas may call it at the same time: each skips the rows that another has locked.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	deleted, err := s.purge(ctx)
	s.events.WithLabelValues("done").Add(float64(deleted))
	// This runs after an error, too: a user that cannot be deleted must not keep names
	// reserved whose time is over.
	_, errNames := s.queries.PurgeKeptNames(ctx, db.PurgeKeptNamesParams{KeptBefore: s.now()})
	waiting, errWaiting := s.queries.DeletionsWaiting(ctx)
	if errWaiting == nil {
		s.waiting.Set(float64(waiting))
	}
	return deleted, errors.Join(err, errNames, errWaiting)
}

// purge deletes the users that are due, without the metrics and the reserved names of Purge.
func (s *Service) purge(ctx context.Context) (deleted int64, err error) {
	now := s.now()
	due := now.Add(-margin) // check: leave-margin
	users, err := s.queries.DueUsers(ctx, db.DueUsersParams{Due: due, ToldBy: now.Add(-margin - patience)})
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(users, chunk) {
		n, goOn, failed := s.eraseAll(ctx, part, due)
		deleted, err = deleted+n, errors.Join(err, failed)
		if !goOn { // check: leave-stops
			break
		}
	}
	return deleted, err
}

// eraseAll erases some users. If that fails, it erases each of them alone, so that one user that cannot be deleted
// keeps no other from it. If enough of them fail in a row for a reason that is not theirs, it gives up, and goOn is
// false.
func (s *Service) eraseAll(
	ctx context.Context, users []db.DueUsersRow, due time.Time,
) (deleted int64, goOn bool, err error) {
	if deleted, err = s.erase(ctx, users, due); err == nil {
		return deleted, true, nil
	}
	if ctx.Err() != nil || len(users) == 1 {
		return deleted, ctx.Err() == nil, err
	}
	err = nil
	last, inRow := "", 0
	for i := range users { // check: leave-goes-on
		n, failed := s.erase(ctx, users[i:i+1], due)
		deleted, err = deleted+n, errors.Join(err, failed)
		cause := causeOf(failed)
		if cause != last {
			inRow = 0
		}
		last, inRow = cause, inRow+1
		if cause != "" && inRow == enough || ctx.Err() != nil {
			return deleted, false, err
		}
	}
	return deleted, true, err
}

// enough is the number of users that are erased in vain before the database counts as the cause. Each may take
// stepTimeout, in the goroutine of all purges.
const enough = 5

// causeOf names the cause of an error, if it can be the same for all users: an SQLSTATE, or "no answer" for a timeout
// or a lost connection. It is "" for nil and for an SQLSTATE that a row or its trigger has caused: invalid data,
// violated constraints and raised exceptions.
func causeOf(err error) string {
	if err == nil {
		return ""
	}
	switch refused := new(postgres.ServerError); {
	case !errors.As(postgres.Safe(err), &refused):
		return "no answer"
	case slices.Contains([]string{"22", "23", "P0"}, refused.Code[:2]):
		return ""
	default:
		return refused.Code
	}
}

// erase deletes the data of some users, and the users last, so that the next purge finds
// them again after a crash.
func (s *Service) erase(ctx context.Context, users []db.DueUsersRow, due time.Time) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	ids := make([]int64, len(users))
	for i, u := range users {
		ids[i] = u.ID
		if err := s.forget(ctx, u); err != nil {
			return 0, err
		}
	}
	// One statement unlinks 1,000 invited users at most. A user with more of them is
	// deleted by a later purge.
	if _, err := s.queries.UnlinkInvited(ctx, db.UnlinkInvitedParams{Ids: ids}); err != nil {
		return 0, err
	}
	// The reservation is committed before the users are deleted, so that their names are never
	// free in between.
	if err := s.keepNames(ctx, users); err != nil { // check: leave-name-kept
		return 0, err
	}
	return s.queries.DeleteUsers(ctx, db.DeleteUsersParams{Ids: ids, Due: due})
}

// forget deletes the data of a user that no foreign key deletes with its row.
func (s *Service) forget(ctx context.Context, u db.DueUsersRow) error {
	var addresses []string
	for _, address := range []*string{u.Phone, u.EmailKey} {
		if address != nil {
			addresses = append(addresses, *address)
		}
	}
	if err := s.codes.Forget(ctx, u.SiteID, u.ID, addresses); err != nil { // check: leave-codes
		return err
	}
	return s.logins.Forget(ctx, u) // check: leave-logins
}
