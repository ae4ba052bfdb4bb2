package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/net/netutil"

	"github.com/enroll-project/enroll/internal/capacity"
	"github.com/enroll-project/enroll/internal/command"
	"github.com/enroll-project/enroll/internal/health"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/listener"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/settings"
)

// serve runs the service until ctx ends, then drains it. Each part starts after the
// parts that it uses, and the deferred calls stop them in the reverse order.
func serve(ctx context.Context, dev bool, environ []string, out io.Writer) (err error) {
	c, err := complete(dev, environ)
	if err != nil {
		return err
	}
	// Nothing is logged before this line: main prints an error of the settings on standard error.
	log, traces, err := newTelemetry(ctx, c, environ, out)
	if err != nil {
		return err
	}
	defer stopTraces(traces) // the last part to stop: the last requests have spans, too
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
		Trace: traces != nil,
	})
	if err != nil {
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	defer pool.Close()
	// Refuse an unfit database before the first registration is acknowledged.
	inspected, err := health.Inspect(ctx, pool, log)
	if err != nil {
		return err
	}
	defer inspected()
	registry := newRegistry()
	registry.MustRegister(postgres.Collectors(pool)...)
	// The clock comes before the parts whose codes, captchas and tokens expire by it.
	clock, stopClock := health.KeepTime(ctx, pool, time.Now, registry, log)
	defer stopClock()
	hashers, stopThreads := capacity.Hashers(ctx, c.Hashers, environ, log)
	defer stopThreads()
	database := health.NewReadiness(pool, identifier.DataVersion, time.Now, log)
	service, err := newService(c, pool, database.Keys, clock.Now, registry, log, hashers)
	if err != nil {
		return err
	}
	defer service.close(log)
	service.api, service.admin = traces.Handler(service.api), traces.Handler(service.admin)
	// All ports are open before the first request is served: a port that is taken
	// fails the start, and no request has been accepted then.
	api, err := listener.Listen("ENROLL_ADDR", c.Addr)
	if err != nil {
		return err
	}
	defer api.Close()
	ops, err := listener.Listen("ENROLL_OPS_ADDR", c.OpsAddr)
	if err != nil {
		return err
	}
	defer ops.Close()
	others, err := service.listenOthers(c, log)
	if err != nil {
		return err
	}
	// Nothing can fail any more before the service accepts requests, so the addresses may be
	// announced below.
	registry.MustRegister(database.Metric())
	// The watch runs whether or not a balancer probes, so that the log has each outage and its end.
	stopWatch := database.Watch(ctx)
	defer stopWatch()
	// Probes and the watch share the results of the checks of the database.
	state := health.NewProbes(database.Ready)
	service.announce(banner{
		c, private.folder, tongue(environ), api.Addr(), ops.Addr(), service.accounts.Offers().Methods, os.Args[0],
	}, out, log)
	connections := capacity.Connections(c.MaxConnections, pool.Config().MaxConns, log)
	return service.run(ctx, c, log, state,
		service.public(listener.NewDoors(api, connections, time.Now, registry, log), log),
		binding{netutil.LimitListener(ops, capacity.OpsConnections), listener.Server(state.Handler(registry), log)},
		others...)
}

// complete returns the settings with all that serve needs. A setting that is wrong by itself,
// or beside another one, is refused here, before a connection or a port is opened. The parts
// check the files and URLs that they use. With --dev, keys that are not set are made, so that a
// newcomer has nothing to set.
func complete(dev bool, environ []string) (settings.Config, error) {
	c, err := settings.Read(dev, environ)
	if err != nil {
		return c, err
	}
	if dev {
		return c, c.MakeDevKeys()
	}
	return c, c.Needs()
}

// public returns the listener of the API with its server. The server reports each connection that
// opens or ends to the listener, which counts the open ones for its warning and its metric.
func (s *service) public(doors *listener.Doors, log *slog.Logger) binding {
	// The other listeners have no such metric: they have few clients, all of the operator.
	server := listener.Server(s.api, log)
	server.ConnState = doors.Count
	return binding{doors, server}
}

// announce says where the service listens and what it offers. With --dev it prints a text for a person, and
// otherwise it writes a log line. Tests and supervisors read the addresses there.
func (s *service) announce(b banner, out io.Writer, log *slog.Logger) {
	// The addresses are the bound ones, because with port 0 in a setting the system chooses the port.
	if b.config.Dev {
		b.print(out)
		return
	}
	log.Info("serving", "version", version, "addr", b.api.String(), "ops_addr", b.ops.String(),
		"statuses", statuses(b.config), "signup", b.config.Signup, "methods", methodNames(b.methods))
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
	ctx context.Context, c settings.Config, log *slog.Logger, state *health.Probes, api, ops binding, others ...binding,
) error {
	all := append([]binding{api, ops}, others...)
	failed := make(chan error, len(all)) // room for all, so that no goroutine waits for a reader
	duck := &listener.LameDuck{Next: api.server.Handler}
	api.server.Handler = duck
	for _, b := range all {
		go func() { failed <- b.server.Serve(b.listener) }()
	}
	// housekeeping is not a child of ctx: a purge that runs when the service stops is
	// ended by stop, after readiness has changed.
	housekeeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); keepHouse(housekeeping, log, s.chores()...) }()
	events := s.sendEvents(ctx)
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-failed:
	}
	state.Drain()
	duck.Begin()
	log.Info("stopping", "stop_delay", c.StopDelay.String(), "drain_time", c.DrainTime.String())
	if failure == nil {
		failure = listener.Linger(c.StopDelay, failed)
	}
	// The purge ends before the drain, so that its statements take nothing from the last requests. A statement
	// in progress is canceled, and the next purge of any replica repeats it.
	stop()
	<-done
	close(events.ending)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.DrainTime)
	defer cancel()
	// Shutdown closes the listener and idle connections and waits for the rest. After
	// the drain time the rest is closed: a client then does not know the outcome, and
	// repeats its request with the same Idempotency-Key.
	if err := api.server.Shutdown(drain); err != nil {
		log.Warn("requests were cut off", "err", err)
		_ = api.server.Close()
	}
	// The drain time is for clients of the API, so the API is shut down first. Requests of operators, and those with
	// receipts, have the rest of the drain time.
	for _, b := range others {
		_ = b.server.Shutdown(drain)
	}
	events.stop(drain)
	// This listener needs no drain: a probe that is cut off means "not ready", as its answer would.
	_ = ops.server.Close()
	// Serve returns ErrServerClosed after Shutdown. That is not a failure.
	if errors.Is(failure, http.ErrServerClosed) {
		failure = nil
	}
	return failure
}

// eventSending is the sending of events in the background. It begins when the service accepts requests, and ends beside
// their drain: a replica that stops hands nothing over, because the others find what is left in the database.
type eventSending struct {
	ending chan struct{} // closed when no further event is to be sent
	ended  chan struct{} // closed when no request is in progress
	cancel context.CancelFunc
}

// sendEvents begins to send events to the receivers, if there are any.
func (s *service) sendEvents(ctx context.Context) eventSending {
	// Requests in progress go on when ctx ends, because a canceled one may have been accepted and is then sent twice.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	// It runs also without receivers, so that a stop has one way.
	sending := eventSending{make(chan struct{}), make(chan struct{}), cancel}
	go func() {
		defer close(sending.ended)
		if s.sender != nil {
			s.sender.Run(ctx, sending.ending)
		}
	}()
	return sending
}

// stop waits for the requests in progress, and cancels them when drain ends. A canceled event is not lost: its claim
// ends, and another replica or the next start sends it again.
func (e eventSending) stop(drain context.Context) {
	defer e.cancel()
	// A request takes ten seconds at most, which is less than the default drain time.
	select {
	case <-e.ended:
	// Shutdown has used a part of the drain time before.
	case <-drain.Done():
		e.cancel()
		<-e.ended
	}
}

// close waits for the messages that are sent after their answers, and then stores the last counts of SMS. Call it after
// the last request has ended.
func (s *service) close(log *slog.Logger) {
	s.accounts.Close()
	// A database that is away must not delay the stop for long.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.sms.Flush(ctx); err != nil { // check: smscount-last
		log.Warn("the last counts of SMS may be lost", "err", err)
	}
}
