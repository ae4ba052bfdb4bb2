package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// chore is a step of the housekeeping.
type chore struct {
	failure string // of the log line if the step fails
	run     func(ctx context.Context) error
}

// chores returns the steps of the housekeeping, in groups that do not wait for one another. Every replica does them; a
// row is deleted once.
func (s *service) chores() [][]chore {
	// If expired rows stayed, the tables would grow, but no answer would change, because each query checks the expiry
	// itself. The purge deletes codes, captchas, budgets and remembered requests.
	database := []chore{
		{"a purge failed", func(ctx context.Context) error { _, err := s.accounts.Purge(ctx); return err }},
		// Other replicas spend the money, too, and a scrape of its metrics must not cost a query.
		{"the money for SMS could not be read", s.accounts.ObserveMoney},
		// A code counts as used from here on, so a failure delays only what is refused near the end of the money.
		{"the counts of SMS could not be stored", s.sms.Keep},
		{"accounts could not be deleted", s.accounts.PurgeDeleted},
		// The role of the service must not delete entries. A function of the database's owner deletes them.
		{"the audit log could not be purged", func(ctx context.Context) error { _, err := s.audit.Purge(ctx); return err }},
		// Programs that follow the events have read these long ago, or have been away for too long.
		{"the events could not be purged", func(ctx context.Context) error { _, err := s.events.Purge(ctx); return err }},
	}
	if s.sender != nil {
		database = append(database, chore{"the lag of events could not be read", s.sender.Observe})
	}
	// Notices that a crash or an outage has left behind wait for a sender. A mail server that hangs would otherwise delay
	// the counts of SMS, which a crash of the process loses.
	notices := []chore{{"notices could not be sent", s.accounts.SendNotices}}
	return [][]chore{database, notices} // check: notices-alone
}

// keepHouse runs each group of chores once a minute until ctx ends. It returns when no chore runs any more.
func keepHouse(ctx context.Context, log *slog.Logger, groups ...[]chore) {
	// A tick that comes while a group is still at work is dropped, so no chore runs twice at a time in one process.
	var running sync.WaitGroup
	for _, group := range groups {
		running.Go(func() {
			tick := time.NewTicker(time.Minute)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				// A statement that ends with ctx is no failure: the next minute of any replica repeats it.
				// If one step fails, the other steps run nevertheless, because no step depends on another.
				for _, c := range group {
					if err := c.run(ctx); err != nil && ctx.Err() == nil {
						log.Warn(c.failure+"; it is tried again in a minute", "err", err)
					}
				}
			}
		})
	}
	running.Wait()
}
