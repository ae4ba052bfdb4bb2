package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/enroll-project/enroll/internal/postgres"
)

// serve runs the service until ctx ends, then drains it. Things start in the
// order in which they need each other and stop in the reverse one.
func serve(ctx context.Context, dev bool, environ []string, out io.Writer) (err error) {
	c, err := readConfig(dev, environ)
	if err != nil {
		return err
	}
	if dev {
		if err := c.devKeys(); err != nil {
			return err
		}
	} else if err := c.needs(); err != nil {
		return err
	}
	log := newLogger(c, out)
	var private devDatabase
	if dev {
		if private, err = c.openDevDatabase(ctx, out); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, private.stop()) }()
	}
	pool, err := postgres.Open(ctx, postgres.Config{
		URL: c.DatabaseURL, MaxConns: c.DBMaxConns, RequireFit: c.DBCheck == "refuse", ApplicationName: "enroll",
	})
	if err != nil {
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	defer pool.Close()
	inspected, err := inspect(ctx, pool, log)
	if err != nil {
		return err
	}
	defer inspected()
	registry := newRegistry()
	registry.MustRegister(postgres.Collectors(pool)...)
	clock, stopClock := keepTime(ctx, pool, time.Now, registry, log)
	defer stopClock()
	hashers, stopThreads := c.chooseHashers(ctx, environ, log)
	defer stopThreads()
	service, err := newService(c, pool, clock.Now, registry, log, hashers)
	if err != nil {
		return err
	}
	defer service.close()
	api, err := listen("ENROLL_ADDR", c.Addr)
	if err != nil {
		return err
	}
	defer api.Close()
	ops, err := listen("ENROLL_OPS_ADDR", c.OpsAddr)
	if err != nil {
		return err
	}
	defer ops.Close()
	state := &health{ready: func(ctx context.Context) error { return ready(ctx, pool) }}
	if dev {
		banner{c, private.folder, language(environ), api.Addr(), ops.Addr()}.print(out)
	} else {
		log.Info("serving", "version", version, "addr", api.Addr().String(), "ops_addr", ops.Addr().String())
	}
	return service.run(ctx, c, log, state,
		binding{api, httpServer(service.api, log)},
		binding{ops, httpServer(state.handler(registry), log)})
}

// devDatabase is a database that `serve --dev` brings along.
type devDatabase struct {
	url, folder string // folder is where PostgreSQL keeps it
	stop        func() error
}

// openDevDatabase migrates the database of ENROLL_DATABASE_URL, or, if that is not
// set, starts a private PostgreSQL and migrates that.
func (c *config) openDevDatabase(ctx context.Context, out io.Writer) (devDatabase, error) {
	if c.DatabaseURL != "" {
		return devDatabase{stop: func() error { return nil }}, migrateNamed(ctx, c.DatabaseURL)
	}
	database, err := startDevDatabase(ctx, c, out)
	if err != nil {
		return devDatabase{}, err
	}
	c.DatabaseURL = database.url
	if err := postgres.Migrate(ctx, c.DatabaseURL); err != nil {
		return devDatabase{}, errors.Join(fmt.Errorf("migrate: %w", err), database.stop())
	}
	return database, nil
}

// migrateNamed migrates the database of ENROLL_DATABASE_URL. The error names that
// setting if the setting is its cause.
func migrateNamed(ctx context.Context, url string) error {
	err := postgres.Migrate(ctx, url)
	switch {
	case err == nil:
		return nil
	case postgres.IsUnreachable(err):
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	return fmt.Errorf("migrate: %w", err)
}

// migrate is the command that brings a database up to date, run once a
// release, by a role that may change the schema.
func migrate(ctx context.Context, environ []string, out io.Writer) error {
	c, err := readConfig(false, environ)
	if err != nil {
		return err
	}
	if c.DatabaseURL == "" {
		return errors.New("ENROLL_DATABASE_URL is not set: give the URL of a PostgreSQL database")
	}
	if err := migrateNamed(ctx, c.DatabaseURL); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "the database is up to date")
	return err
}

// ready tells why the service cannot serve, in words without an address.
func ready(ctx context.Context, pool *postgres.Pool) error {
	pending, err := postgres.Pending(ctx, pool)
	var unfit *postgres.UnfitError
	switch {
	case errors.As(err, &unfit):
		return unfit
	case err != nil:
		return errors.New("the database does not answer")
	case pending:
		return errors.New("the database is not migrated: run enroll migrate")
	}
	return nil
}

func listen(setting, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return l, nil
}

// maxHeaders bounds what stands before a body. The server adds a leeway of its own,
// 4 KiB, to what it is told.
const (
	maxHeaders    = 16 << 10
	headersLeeway = 4 << 10
)

// httpServer bounds every wait for a client (slow headers, slow bodies, slow
// readers) and what one may send before it is looked at. It speaks HTTP/1 and no
// other: HTTP/2 is between clients and the proxy that ends TLS, where its floods
// of streams belong too.
func httpServer(h http.Handler, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           h,
		Protocols:         protocols,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    maxHeaders - headersLeeway,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// binding is a server and where it listens.
type binding struct {
	listener net.Listener
	server   *http.Server
}

// run serves until ctx ends or a server fails. Then readiness goes off. The API goes on for
// ENROLL_STOP_DELAY, closing each connection after its answer, because balancers learn of the stop
// only at their next health check. Then it accepts no more and finishes what it has begun. The
// operations listener goes last, so that the end can be watched.
func (s *service) run(ctx context.Context, c config, log *slog.Logger, state *health, api, ops binding) error {
	failed := make(chan error, 2)
	duck := &lameDuck{next: api.server.Handler}
	api.server.Handler = duck
	for _, b := range []binding{api, ops} {
		go func() { failed <- b.server.Serve(b.listener) }()
	}
	housekeeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); s.purge(housekeeping, log) }()
	var fault error
	select {
	case <-ctx.Done():
	case fault = <-failed:
	}
	state.draining.Store(true)
	duck.on.Store(true)
	log.Info("stopping", "stop_delay", c.StopDelay.String(), "drain_time", c.DrainTime.String())
	if fault == nil {
		fault = linger(c.StopDelay, failed)
	}
	stop()
	<-done
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.DrainTime)
	defer cancel()
	if err := api.server.Shutdown(drain); err != nil {
		log.Warn("requests were cut off", "err", err)
		_ = api.server.Close()
	}
	_ = ops.server.Close()
	if errors.Is(fault, http.ErrServerClosed) {
		fault = nil
	}
	return fault
}

// purge forgets once a minute what no longer matters.
func (s *service) purge(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := s.accounts.Purge(ctx); err != nil && ctx.Err() == nil {
			log.Warn("a purge failed; it is tried again in a minute", "err", err)
		}
	}
}
