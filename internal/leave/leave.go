package leave

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/throttle"
)

// ErrEnded reports that since the token was checked the user was disabled, its password hash
// was replaced, or its deletion was requested.
var ErrEnded = errors.New("leave: the session has ended")

// Config holds what a [Service] needs. All fields but After and Quarantine are required.
type Config struct {
	Pool   *postgres.Pool
	Codes  *code.Service
	Logins *throttle.Throttle
	// After is the time from a request to the deletion; 0 is at once.
	After time.Duration
	// Quarantine is how long the user name of a deleted user cannot be registered; 0 frees it at once.
	Quarantine time.Duration
	// Secret is the key of the hashes of reserved names, 32 bytes or more. A new secret
	// frees all of them.
	Secret  []byte
	Now     func() time.Time
	Metrics prometheus.Registerer
}

// Service deletes users. It is safe for concurrent use; all its state is in PostgreSQL.
type Service struct {
	queries *db.Queries
	codes   *code.Service
	logins  *throttle.Throttle
	after   time.Duration
	names   Names
	now     func() time.Time
	events  *prometheus.CounterVec
	waiting prometheus.Gauge
}

// New returns a Service, or an error if a field of the configuration is missing.
func New(cfg Config) (*Service, error) {
	if cfg.Pool == nil || cfg.Codes == nil || cfg.Logins == nil || cfg.After < 0 || cfg.Quarantine < 0 ||
		len(cfg.Secret) < 32 || cfg.Now == nil || cfg.Metrics == nil {
		return nil, errors.New("leave: a dependency is missing")
	}
	names, err := NewNames(cfg.Secret, cfg.Quarantine)
	if err != nil {
		return nil, err
	}
	s := &Service{
		queries: db.New(postgres.NewStatements(cfg.Pool)), codes: cfg.Codes, logins: cfg.Logins,
		after: cfg.After, names: names, now: cfg.Now,
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "enroll_deletions_total",
			Help: "Deletions of accounts, by event (requested, canceled, done).",
		}, []string{"event"}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "enroll_deletions_waiting",
			Help: "Accounts whose deletion was requested and is not done, as the last purge of this process has counted.",
		}),
	}
	for _, c := range []prometheus.Collector{s.events, s.waiting} {
		if err := cfg.Metrics.Register(c); err != nil {
			return nil, fmt.Errorf("leave: %w", err)
		}
	}
	// Each series starts at 0, so that a rate also counts its first event.
	for _, event := range []string{"requested", "canceled", "done"} {
		s.events.WithLabelValues(event)
	}
	return s, nil
}

// Request sets the time of a user's deletion and ends all its sessions, in the transaction of q. user is the
// row that was read when the token was checked. Request returns [ErrEnded] if the password hash was replaced
// since, if the user was disabled, or if the deletion was requested already. Call [Service.Requested] after the
// commit.
func (s *Service) Request(ctx context.Context, q *db.Queries, user db.User) (db.User, error) {
	now := s.now()
	row, err := q.RequestDeletion(ctx, db.RequestDeletionParams{
		ID: user.ID, PasswordHash: user.PasswordHash, DeleteAt: now.Add(s.after),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return row, ErrEnded
	}
	if err != nil {
		return row, err
	}
	return row, session.EndAll(ctx, q, row.ID, now) // check: leave-ends-sessions
}

// Requested counts a request that was committed.
func (s *Service) Requested() { s.events.WithLabelValues("requested").Inc() }

// Due reports whether the time of the user's deletion has come. Such a user counts as deleted, even if
// its row still exists. If After is 0, a time up to margin ahead is due, too: the clock of this process
// may be behind, and a login may have read the clock before the request.
func (s *Service) Due(user db.User) bool {
	now := s.now()
	if s.after == 0 { // check: leave-at-once
		now = now.Add(margin)
	}
	return user.DeleteAt != nil && !now.Before(*user.DeleteAt) // check: leave-due
}

// LockPending locks a user and reports whether its deletion is still pending. It returns false if another
// login has canceled the deletion. LockPending cancels nothing: the login does, when it stores its
// session in the transaction of q.
func (s *Service) LockPending(ctx context.Context, q *db.Queries, user int64) (bool, error) {
	at, err := q.PendingDeletion(ctx, db.PendingDeletionParams{ID: user})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil // the login finds no row either
	}
	return at != nil, err
}

// Kept counts a canceled deletion. Call it after the commit.
func (s *Service) Kept() { s.events.WithLabelValues("canceled").Inc() }
