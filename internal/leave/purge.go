package leave

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/enroll-project/enroll/gen/db"
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
		n, failed := s.eraseAll(ctx, part, due)
		deleted, err = deleted+n, errors.Join(err, failed)
	}
	return deleted, err
}

// eraseAll erases some users. If that fails, it erases each of them alone, so that one user that cannot be deleted
// keeps no other from it. If each of the first five fails, the cause is not a user, and it gives up.
func (s *Service) eraseAll(ctx context.Context, users []db.DueUsersRow, due time.Time) (deleted int64, err error) {
	if deleted, err = s.erase(ctx, users, due); err == nil || len(users) == 1 || ctx.Err() != nil {
		return deleted, err
	}
	err = nil
	for i := range users { // check: leave-goes-on
		n, failed := s.erase(ctx, users[i:i+1], due)
		deleted, err = deleted+n, errors.Join(err, failed)
		if i == 4 && deleted == 0 || ctx.Err() != nil {
			break
		}
	}
	return deleted, err
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
