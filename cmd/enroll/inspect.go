package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/enroll-project/enroll/internal/postgres"
)

// untilInspected is how long to wait before a database that is away is asked
// again for its settings.
const untilInspected = time.Second

// inspect asks the database once for its settings. It warns of each one that does
// not suit it, and returns an error if the database is unfit. If the database
// cannot be reached, inspect logs why, and goes on asking in the background: the
// service starts without its database and is not ready until that answers and is
// fit. stop ends the asking.
func inspect(ctx context.Context, pool *postgres.Pool, log *slog.Logger) (stop func(), err error) {
	i := &inspector{pool: pool, log: log}
	err = i.ask(ctx)
	var unfit *postgres.UnfitError
	switch {
	case err == nil:
		return func() {}, nil
	case errors.As(err, &unfit):
		return nil, fmt.Errorf("%w. If its storage keeps what is committed nevertheless, set ENROLL_DB_CHECK=warn", unfit)
	}
	i.report(ctx, err)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		i.askLater(ctx)
	}()
	return func() { cancel(); <-done }, nil
}

// inspector asks one database, and logs each answer once.
type inspector struct {
	pool *postgres.Pool
	log  *slog.Logger
	last string // the reason that was logged last
}

// ask asks for the settings and warns of those that do not suit.
func (i *inspector) ask(ctx context.Context) error {
	findings, err := postgres.Inspect(ctx, i.pool)
	if err != nil {
		return err
	}
	for _, f := range findings {
		i.log.Warn("a setting of the database", "setting", f.Setting, "value", f.Value, "risk", f.Risk, "advice", f.Advice)
	}
	return nil
}

// report logs why there is no answer, unless that is known or ctx has ended.
func (i *inspector) report(ctx context.Context, err error) {
	if ctx.Err() != nil || err.Error() == i.last {
		return
	}
	i.last = err.Error()
	if unfit := new(postgres.UnfitError); errors.As(err, &unfit) {
		i.log.Error("the database is refused", "err", unfit)
		return
	}
	i.log.Error("the database cannot be reached, and is tried again", "setting", "ENROLL_DATABASE_URL", "err", err)
}

// askLater asks until there is an answer.
func (i *inspector) askLater(ctx context.Context) {
	tick := time.NewTicker(untilInspected)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := i.ask(ctx)
		if err == nil {
			i.log.Info("the database answers")
			return
		}
		i.report(ctx, err)
	}
}
