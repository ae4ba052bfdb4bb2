package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/enroll-project/enroll/internal/postgres"
)

// untilInspected is the pause between two attempts to read the settings of a
// database that cannot be reached.
const untilInspected = time.Second

// inspect reads the database's settings. It logs a warning for each one that is a
// risk, and returns an error if the database is unfit: it could lose commits, or
// it does not store UTF-8.
//
// If the database cannot be reached, inspect logs the reason, repeats the attempt
// in the background until stop is called, and returns no error. The service then
// starts, and is not ready until the database answers and is fit. A failed start
// would only make a supervisor restart it again and again.
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
	// The background attempts also end with ctx, so a start that fails later leaves
	// none behind.
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		i.askLater(ctx)
	}()
	return func() { cancel(); <-done }, nil
}

// inspector reads the settings of one database. It logs a reason once, not at each
// attempt.
type inspector struct {
	pool *postgres.Pool
	log  *slog.Logger
	last string // the reason that was logged last
}

// ask reads the settings once and logs a warning for each one that is a risk.
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

// report logs why the settings could not be read, unless that reason was logged
// last. After ctx has ended it logs nothing: the error is then that the service
// stops. An unfit database has a message of its own, because an operator must change
// its settings, and waiting does not help.
func (i *inspector) report(ctx context.Context, err error) {
	if ctx.Err() != nil || err.Error() == i.last {
		return
	}
	// The service waits in both cases: an operator may mend the settings of the
	// database without a restart of the service.
	i.last = err.Error()
	if unfit := new(postgres.UnfitError); errors.As(err, &unfit) {
		i.log.Error("the database is refused", "err", unfit)
		return
	}
	i.log.Error("the database cannot be reached, and is tried again", "setting", "ENROLL_DATABASE_URL", "err", err)
}

// askLater repeats ask until it succeeds or ctx ends.
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
