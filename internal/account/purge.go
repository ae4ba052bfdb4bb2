package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/internal/invite"
	"github.com/enroll-project/enroll/internal/refusal"
)

const (
	purgeBatch   = 1000             // rows that one statement deletes at most, as in the queries
	purgeTimeout = 10 * time.Second // of a statement; PostgreSQL's own limit is shorter
)

// Purge deletes rows that have expired: spent captchas, codes, budgets, remembered registrations,
// sessions, counts of failed logins and invitations of operators. It deletes batches of 1,000 rows
// until a batch has fewer, and returns the number of rows. If a batch fails, the other tables are
// still purged, unless ctx has ended. Replicas may purge at the same time: each skips the rows that
// another has locked.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	var total int64
	var failed []error
	for table, batch := range s.purges() {
		n, err := purgeAll(ctx, batch)
		if total += n; err != nil {
			failed = append(failed, fmt.Errorf("account: purge %s: %w", table, refusal.Of(err)))
		}
		// The service is stopping. The next purge deletes the rest.
		if ctx.Err() != nil {
			break
		}
	}
	return total, errors.Join(failed...)
}

// purgeAll calls batch until it deletes fewer rows than a whole batch.
func purgeAll(ctx context.Context, batch func(context.Context) (int64, error)) (int64, error) {
	var total int64
	for {
		// The time limit is for each batch, because the number of batches is not bounded.
		bounded, cancel := context.WithTimeout(ctx, purgeTimeout)
		n, err := batch(bounded)
		cancel()
		total += n
		if err != nil || n < purgeBatch {
			return total, err
		}
	}
}

// purges returns for each table a function that deletes one batch of its expired rows.
func (s *Service) purges() map[string]func(context.Context) (int64, error) {
	// A map has a random order. So if the time never suffices for all tables, each of them is
	// still purged now and then.
	return map[string]func(context.Context) (int64, error){
		"spent_captchas":   s.challenges.PurgeSpent,
		"one_time_codes":   s.codes.PurgeCodes,
		"budgets":          s.codes.PurgeBudgets,
		"codes":            s.codes.PurgeFormer,
		"idempotency_keys": s.keys.Purge,
		"sessions":         s.sessions.Purge,
		"login_networks":   s.logins.PurgeNetworks,
		"login_tries":      s.logins.PurgeTries,
		"invitations": func(ctx context.Context) (int64, error) {
			return invite.Purge(ctx, s.queries, s.config.Now())
		},
	}
}
