package health

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

// Inspect reads the database's settings. It logs a warning for each one that is a
// risk. It returns an error if the pool refuses the database as unfit, because it
// could lose commits or does not store UTF-8.
//
// If the database cannot be reached, Inspect repeats the attempt in the background
// until stop is called, and returns no error. Readiness logs the reason. The service then
// starts, and is not ready until the database answers and is fit. If the start failed
// instead, a supervisor would only restart the process again and again.
func Inspect(ctx context.Context, pool *postgres.Pool, log *slog.Logger) (stop func(), err error) {
	i := &inspector{pool: pool, log: log}
	err = i.ask(ctx)
	var unfit *postgres.UnfitError
	switch {
	case err == nil:
		return func() {}, nil
	case errors.As(err, &unfit):
		return nil, fmt.Errorf("%w. If its storage keeps what is committed nevertheless, set ENROLL_DB_CHECK=warn", unfit)
	}
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

// inspector reads the settings of one database.
type inspector struct {
	pool *postgres.Pool
	log  *slog.Logger
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
		if i.ask(ctx) == nil {
			return
		}
	}
}
