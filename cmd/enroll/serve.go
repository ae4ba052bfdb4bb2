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

	"golang.org/x/net/netutil"

	"github.com/enroll-project/enroll/internal/command"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/settings"
)

// serve runs the service until ctx ends, then drains it. Each part starts after the
// parts that it uses, and the deferred calls stop them in the reverse order.
func serve(ctx context.Context, dev bool, environ []string, out io.Writer) (err error) {
	c, err := settings.Read(dev, environ)
	if err != nil {
		return err
	}
	// Settings are checked first. A start that fails for one of them has opened no
	// file, connection or port.
	if dev {
		if err := c.MakeDevKeys(); err != nil {
			return err
		}
	} else if err := c.Needs(); err != nil {
		return err
	}
	log := newLogger(c, out)
	var private devDatabase
	if dev {
		if private, err = openDevDatabase(ctx, &c, out); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, private.stop()) }()
	}
	// Open makes no connection, so a database that is away does not fail the start.
	pool, err := postgres.Open(ctx, postgres.Config{
		URL: c.DatabaseURL, MaxConns: c.DBMaxConns, RequireFit: c.DBCheck == "refuse", ApplicationName: "enroll",
	})
	if err != nil {
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	defer pool.Close()
	// Refuse an unfit database before the first registration is acknowledged.
	inspected, err := inspect(ctx, pool, log)
	if err != nil {
		return err
	}
	defer inspected()
	registry := newRegistry()
	registry.MustRegister(postgres.Collectors(pool)...)
	clock, stopClock := keepTime(ctx, pool, time.Now, registry, log)
	defer stopClock()
	hashers, stopThreads := chooseHashers(ctx, c, environ, log)
	defer stopThreads()
	service, err := newService(c, pool, clock.Now, registry, log, hashers)
	if err != nil {
		return err
	}
	defer service.accounts.Close()
	// Both ports are open before the first request is served: a port that is taken
	// fails the start, and no request has been accepted then.
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
	admins, err := service.listenAdmin(c, log)
	if err != nil {
		return err
	}
	// From here on nothing can fail before the service accepts requests, so the address
	// may be announced.
	database := &readiness{look: func(ctx context.Context) error { return lookAt(ctx, pool) }, now: time.Now, log: log}
	registry.MustRegister(database.metric())
	stopWatch := database.watch(ctx)
	defer stopWatch()
	state := &health{ready: database.ready}
	service.announce(banner{
		c, private.folder, language(environ), api.Addr(), ops.Addr(), service.accounts.Offers().Methods,
	}, out, log)
	bounded := newDoors(api, chooseConnections(c, pool.Config().MaxConns, log), time.Now, registry, log)
	public := httpServer(service.api, log)
	public.ConnState = bounded.count
	return service.run(ctx, c, log, state,
		binding{bounded, public},
		binding{netutil.LimitListener(ops, opsConnections), httpServer(state.handler(registry), log)}, admins...)
}

// announce says where the service listens and what it offers: to a person with --dev, and in the log otherwise.
// Tests and supervisors read the addresses from there, since a port may be chosen by the system.
func (s *service) announce(b banner, out io.Writer, log *slog.Logger) {
	// The bound addresses and not the settings: port 0 lets the system choose one.
	if b.config.Dev {
		b.print(out)
		return
	}
	log.Info("serving", "version", version, "addr", b.api.String(), "ops_addr", b.ops.String(),
		"statuses", statuses(b.config), "methods", methodNames(b.methods))
}

// devDatabase is the database of `serve --dev`. stop ends PostgreSQL if this process
// started it, and is a no-op otherwise.
type devDatabase struct {
	url, folder string // folder is where PostgreSQL keeps it
	stop        func() error
}

// openDevDatabase migrates the database of ENROLL_DATABASE_URL. If that setting is
// not set, it starts a private PostgreSQL, sets c.DatabaseURL to its URL and migrates
// its database. Outside --dev only `enroll migrate` migrates, by a role with more
// rights than the service has.
func openDevDatabase(ctx context.Context, c *settings.Config, out io.Writer) (devDatabase, error) {
	if c.DatabaseURL != "" {
		return devDatabase{stop: func() error { return nil }}, command.Upgrade(ctx, c.DatabaseURL)
	}
	// A release build has no private PostgreSQL, and returns an error here: see devpg_release.go.
	database, err := startDevDatabase(ctx, c, out)
	if err != nil {
		return devDatabase{}, err
	}
	c.DatabaseURL = database.url
	if err := command.Upgrade(ctx, c.DatabaseURL); err != nil {
		return devDatabase{}, errors.Join(err, database.stop())
	}
	return database, nil
}

// listen opens a TCP listener. The error names the setting, because a port that is taken
// is the usual cause.
func listen(setting, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return l, nil
}

// maxHeaders bounds the request line and the headers, in bytes; more is answered
// 431. net/http reads 4 KiB more than its MaxHeaderBytes, which headersLeeway takes
// off.
const (
	maxHeaders    = 16 << 10
	headersLeeway = 4 << 10
)

// httpServer returns a server that bounds each wait for a client: for its headers,
// its body, and its reading of the answer. Without these bounds a few slow clients
// could hold all connections. Headers and body have 32 KiB at most, so 10 s for both
// suffice for a connection of 4 KiB/s. The 20 s of the answer begin after the
// request's headers and include the time that the service works, 8 s at most. An
// idle connection is kept for 60 s, as long as nginx keeps its own to a backend.
//
// The server speaks HTTP/1 only. HTTP/2 ends at the proxy that ends TLS, and so do
// its attacks, such as floods of streams that are reset at once (CVE-2023-44487).
func httpServer(h http.Handler, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // check: listener-protocols
	return &http.Server{
		Handler:           h,
		Protocols:         protocols,
		ReadHeaderTimeout: 5 * time.Second,  // check: listener-header-time
		ReadTimeout:       10 * time.Second, // check: listener-read-time
		WriteTimeout:      20 * time.Second, // check: listener-write-time
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    maxHeaders - headersLeeway, // check: listener-header-size
		// What net/http logs is caused by clients, so it is below the default level. A failure to
		// accept is logged by doors.
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// binding is a server and its listener. They are made apart: all listeners are opened
// before the first server accepts.
type binding struct {
	listener net.Listener
	server   *http.Server
}

// run serves until ctx ends or a server fails. Then /readyz answers 503. The API goes on
// for ENROLL_STOP_DELAY and closes each connection after its answer, because a load
// balancer learns of the stop only at its next health check. After that it accepts no
// connection, and requests in progress have ENROLL_DRAIN_TIME to end. The server of
// health and metrics closes last, so that the metrics of the last requests can be read.
func (s *service) run(
	ctx context.Context, c settings.Config, log *slog.Logger, state *health, api, ops binding, private ...binding,
) error {
	all := append([]binding{api, ops}, private...)
	failed := make(chan error, len(all)) // room for all, so that no goroutine waits for a reader
	duck := &lameDuck{next: api.server.Handler}
	api.server.Handler = duck
	for _, b := range all {
		go func() { failed <- b.server.Serve(b.listener) }()
	}
	// Not a child of ctx: a purge that runs when the service stops is ended by stop,
	// after readiness has changed.
	housekeeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); s.purge(housekeeping, log) }()
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-failed:
	}
	state.draining.Store(true)
	duck.on.Store(true)
	log.Info("stopping", "stop_delay", c.StopDelay.String(), "drain_time", c.DrainTime.String())
	if failure == nil {
		failure = linger(c.StopDelay, failed)
	}
	stop()
	<-done
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.DrainTime)
	defer cancel()
	// Shutdown closes the listener and idle connections and waits for the rest. After
	// the drain time the rest is closed: a client then does not know the outcome, and
	// repeats its request with the same Idempotency-Key.
	if err := api.server.Shutdown(drain); err != nil {
		log.Warn("requests were cut off", "err", err)
		_ = api.server.Close()
	}
	// Acts of operators in progress have the rest of the drain time.
	for _, b := range private {
		_ = b.server.Shutdown(drain)
	}
	_ = ops.server.Close()
	// Serve returns ErrServerClosed after Shutdown, which is no failure.
	if errors.Is(failure, http.ErrServerClosed) {
		failure = nil
	}
	return failure
}

// purge deletes expired rows (codes, captchas, budgets, remembered requests) once a
// minute, sends notices that a crash or an outage has left behind, and deletes the accounts whose time has come.
// Every replica does; a row
// is deleted once. Nothing else depends on it, because each query checks the expiry itself: the
// tables would only grow.
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
		if err := s.accounts.SendNotices(ctx); err != nil && ctx.Err() == nil {
			log.Warn("notices could not be sent; it is tried again in a minute", "err", err)
		}
		if err := s.accounts.PurgeDeleted(ctx); err != nil && ctx.Err() == nil {
			log.Warn("accounts could not be deleted; it is tried again in a minute", "err", err)
		}
		// The role that serves may not delete entries: a function of the owner does.
		if _, err := s.audit.Purge(ctx); err != nil && ctx.Err() == nil {
			log.Warn("the audit log could not be purged; it is tried again in a minute", "err", err)
		}
	}
}
