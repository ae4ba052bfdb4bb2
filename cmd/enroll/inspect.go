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

// inspect warns of each setting of the database that does not suit it. A
// database that is unfit stops the start; the pool connects to none, so one that
// answers later keeps the service unready, for the reason that [ready] gives,
// until it is fit. stop ends the waiting for such a one.
func inspect(ctx context.Context, pool *postgres.Pool, log *slog.Logger) (stop func(), err error) {
	findings, err := postgres.Inspect(ctx, pool)
	var unfit *postgres.UnfitError
	if errors.As(err, &unfit) {
		return nil, fmt.Errorf("%w. If its storage keeps what is committed nevertheless, set ENROLL_DB_CHECK=warn", unfit)
	}
	if err == nil {
		warn(log, findings)
		return func() {}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		inspectLater(ctx, pool, log)
	}()
	return func() { cancel(); <-done }, nil
}

// inspectLater asks until there is an answer, and logs an unfitness once.
func inspectLater(ctx context.Context, pool *postgres.Pool, log *slog.Logger) {
	tick := time.NewTicker(untilInspected)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		findings, err := postgres.Inspect(ctx, pool)
		if err == nil {
			warn(log, findings)
			return
		}
		var unfit *postgres.UnfitError
		if errors.As(err, &unfit) && unfit.Error() != said {
			said = unfit.Error()
			log.Error("the database is refused", "err", unfit)
		}
	}
}

func warn(log *slog.Logger, findings []postgres.Finding) {
	for _, f := range findings {
		log.Warn("a setting of the database", "setting", f.Setting, "value", f.Value, "risk", f.Risk, "advice", f.Advice)
	}
}
