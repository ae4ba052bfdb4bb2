package transfer

import (
	"context"
	"runtime"
	"sync"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// placeholder is the hash of a dry run, which stores nothing. It satisfies the constraint of the column.
const placeholder = "$"

// wrap replaces the weak hashes of a batch, on all cores, before its transaction begins: each costs a whole hash. Rows
// that were imported before are left out, so that a repetition after a stop computes no hash for them.
func (r *run) wrap(ctx context.Context, rows []candidate) error {
	ids := db.ImportedBeforeParams{Source: r.cfg.Source}
	for _, c := range rows {
		if c.weak && !c.refused {
			ids.SourceIds = append(ids.SourceIds, string(c.source))
		}
	}
	// Most files have no weak hash.
	if len(ids.SourceIds) == 0 {
		return nil
	}
	found, err := r.queries.ImportedBefore(ctx, ids)
	if err != nil {
		return postgres.Safe(err)
	}
	before := map[source.ID]bool{}
	for _, f := range found {
		before[source.ID(f.SourceID)] = true
	}
	// The numbers of rows are handed out one by one, so that a slow core gets fewer of them.
	// An error ends the work of its worker, and the others finish what they have begun.
	todo, errs := make(chan int), make([]error, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for worker := range errs {
		group.Go(func() {
			for i := range todo {
				errs[worker] = r.wrapRow(ctx, &rows[i], errs[worker])
			}
		})
	}
	for i, c := range rows {
		if c.weak && !c.refused && !before[c.source] { // check: import-wrapped-once
			todo <- i
		}
	}
	close(todo)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// wrapRow replaces the hash of one row, unless an earlier one has failed: the batch is not stored then.
func (r *run) wrapRow(ctx context.Context, c *candidate, earlier error) error {
	if earlier != nil {
		return earlier
	}
	// A dry run takes no time for what it does not store.
	stored := placeholder
	if !r.cfg.DryRun {
		var err error
		if stored, err = r.rules.Hasher.Wrap(ctx, *c.row.PasswordHash); err != nil {
			return err
		}
	}
	c.row.PasswordHash = &stored
	return nil
}
