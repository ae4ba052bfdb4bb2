package main

import (
	"context"
	"errors"
	"os"
	"time"
)

// starts are the times from the start of the process until it is ready.
type starts struct {
	Migrated summary `json:"migrated"` // serve, on a migrated database
	Empty    summary `json:"empty"`    // migrate and then serve, on an empty one
}

func measureStart(ctx context.Context, b *bench) error {
	database, err := b.testbed.database(ctx)
	if err != nil {
		return err
	}
	var migrated, empty latencies
	for range b.plan.starts {
		took, err := b.startOnce(ctx, database)
		if err != nil {
			return err
		}
		migrated = append(migrated, took)
		took, err = b.startEmpty(ctx)
		if err != nil {
			return err
		}
		empty = append(empty, took)
	}
	b.report.Starts = starts{Migrated: migrated.summary(), Empty: empty.summary()}
	b.say("ready after %s (median of %d), on an empty database after %s", short(b.report.Starts.Migrated.P50),
		b.plan.starts, short(b.report.Starts.Empty.P50))
	return b.testbed.drop(ctx, database)
}

func (b *bench) startOnce(ctx context.Context, database string) (time.Duration, error) {
	v, err := b.testbed.serve(ctx, database)
	if err != nil {
		return 0, err
	}
	return v.ready, v.stop()
}

func (b *bench) startEmpty(ctx context.Context) (time.Duration, error) {
	database, err := b.testbed.empty(ctx)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := b.testbed.migrate(ctx, database); err != nil {
		return 0, err
	}
	v, err := b.testbed.serve(ctx, database)
	if err != nil {
		return 0, err
	}
	took := time.Since(begun)
	return took, errors.Join(v.stop(), b.testbed.drop(ctx, database))
}

func measureSize(_ context.Context, b *bench) error {
	info, err := os.Stat(b.testbed.binary)
	if err != nil {
		return err
	}
	b.report.Size = info.Size()
	b.say("%s has %.1f MB", info.Name(), float64(info.Size())/1e6)
	return nil
}
