package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/admin"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/capacity"
	"github.com/enroll-project/enroll/internal/command"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/listener"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/token"
)

// newAdmin makes the handler of the admin API, or returns nil if that API is off. The handler shares the pool of
// connections with the public API, so a flood of registrations can make operators wait for a connection.
func newAdmin(
	c settings.Config, pool *postgres.Pool, now func() time.Time, log *slog.Logger, accounts *account.Service,
	tokens *token.Signer, entries *audit.Log, events *event.Log, hasher *password.Hasher, described *extra.Schema,
) (http.Handler, error) {
	// The admin API is off by default, because most sites use the command line.
	if c.AdminAddr == "" {
		return nil, nil
	}
	// Keys expire by the database's clock, which all replicas share.
	keys, err := servicekey.New(servicekey.Config{Pool: pool, Now: now, Rand: rand.Reader})
	if err != nil {
		return nil, err
	}
	// NewCodes has a registry of its own, because package account has registered metrics of the same names.
	codes, err := command.NewCodes(c, pool, now)
	if err != nil {
		return nil, err
	}
	// The hasher is that of the public API, so that its bound covers the passwords of both APIs. The rules are those
	// of registrations. A violated rule is answered for its field, with the reason of the public API.
	rules, err := command.NewRules(c, pool, now, hasher, described)
	if err != nil {
		return nil, err
	}
	// The command line has the same use cases.
	operators, err := command.NewOperator(c, pool, now, command.Parts{
		Codes: codes, Rules: rules, Addresses: accounts.Addresses,
	})
	if err != nil {
		return nil, err
	}
	// Locale and proxies are those of the public API, so that both listeners name a client equally
	// and answer in one language.
	return admin.New(admin.Config{
		Operators: operators, Keys: keys, Audit: entries, Events: events, Tokens: tokens, Live: liveness(accounts),
		Locale: c.Locale, Proxies: c.TrustedProxies, Logger: log, Now: time.Now, Rand: rand.Reader,
	})
}

// liveness returns the check of an introspected token. The public API makes the same check of each request (I12).
// If the session has ended or the user is disabled, the check returns false and no error.
func liveness(accounts *account.Service) func(context.Context, token.Claims) (string, bool, error) {
	return func(ctx context.Context, claims token.Claims) (string, bool, error) {
		// This is one query. An introspection counts as a use of the session, which a second statement stores once an
		// hour at most.
		by, err := accounts.Holder(ctx, claims)
		var refused *refusal.Error
		switch {
		case err == nil:
			return by.User().UserName, true, nil
		// The token has expired since its signature was checked.
		case errors.Is(err, token.ErrExpired):
			return "", false, nil
		case !errors.As(err, &refused):
			return "", false, err
		// The database is away. The answer "inactive" would log the user out of the calling program.
		case refused.Reason == refusal.Unavailable:
			return "", false, fmt.Errorf("%w: %w", admin.ErrUnavailable, err)
		}
		return "", false, nil
	}
}

// listenAdmin opens the listener of the admin API and returns it with its server, or nil if that API is off. All
// listeners are opened before the first request is served, so that a port that is taken fails the start.
func (s *service) listenAdmin(c settings.Config, log *slog.Logger) ([]binding, error) {
	if s.admin == nil {
		return nil, nil
	}
	l, err := listener.Listen("ENROLL_ADMIN_ADDR", c.AdminAddr)
	if err != nil {
		return nil, err
	}
	// The address has its own log line, because most services have no such listener.
	log.Info("serving operators", "admin_addr", l.Addr().String())
	// The bound is as low as that of the listener for health and metrics: its clients are programs of one operator.
	return []binding{{netutil.LimitListener(l, capacity.OpsConnections), listener.Server(s.admin, log)}}, nil
}
