package leave

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
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

// ErrEnded reports that the user was disabled, or that its sessions were ended, since its token
// was checked.
var ErrEnded = errors.New("leave: the session has ended")

// Config holds what a [Service] needs. All fields but After are required.
type Config struct {
	Pool   *postgres.Pool
	Codes  *code.Service
	Logins *throttle.Throttle
	// After is the time from a request to the deletion; 0 is at once.
	After time.Duration
	// Quarantine is how long a user name is kept from others after its user is deleted; 0 is not at all.
	Quarantine time.Duration
	// Secret keys the hashes of kept names. A change frees the names.
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
	// quarantine is how long names are kept, and nameKey the key of their hashes.
	quarantine time.Duration
	nameKey    []byte
	now        func() time.Time
	events     *prometheus.CounterVec
	waiting    prometheus.Gauge
}

// New returns a Service, or an error if a field of the configuration is missing.
func New(cfg Config) (*Service, error) {
	if cfg.Pool == nil || cfg.Codes == nil || cfg.Logins == nil || cfg.After < 0 || cfg.Quarantine < 0 ||
		len(cfg.Secret) < 32 || cfg.Now == nil || cfg.Metrics == nil {
		return nil, errors.New("leave: a dependency is missing")
	}
	// The number in the label changes with the form of what is hashed.
	key, err := hkdf.Key(sha256.New, cfg.Secret, nil, "enroll kept name v1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("leave: derive key: %w", err)
	}
	s := &Service{
		queries: db.New(postgres.NewStatements(cfg.Pool)), codes: cfg.Codes, logins: cfg.Logins,
		after: cfg.After, quarantine: cfg.Quarantine, nameKey: key, now: cfg.Now,
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
	// At 0 before the first event, so that a rate is right from the first one on.
	for _, event := range []string{"requested", "canceled", "done"} {
		s.events.WithLabelValues(event)
	}
	return s, nil
}

// Request sets the time of a user's deletion and ends all its sessions, in the transaction of q. user is the
// row whose password was verified. It returns [ErrEnded] if that was changed since, if the user was
// disabled, or if the deletion was requested already. Call [Service.Requested] after the commit.
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

// Due reports whether the user's time has come: it is gone, though its row may still be there. Where
// deletions are at once, the time of one that was just requested has come also by a clock that is behind,
// and for a login that read the clock before it.
func (s *Service) Due(user db.User) bool {
	now := s.now()
	if s.after == 0 { // check: leave-at-once
		now = now.Add(margin)
	}
	return user.DeleteAt != nil && !now.Before(*user.DeleteAt) // check: leave-due
}

// LockPending locks a user and reports whether its deletion is pending still. It is false if another login has
// taken the deletion back. The session that the login stores in the transaction of q takes it back.
func (s *Service) LockPending(ctx context.Context, q *db.Queries, user int64) (bool, error) {
	at, err := q.PendingDeletion(ctx, db.PendingDeletionParams{ID: user})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil // the login finds no row either
	}
	return at != nil, err
}

// Kept counts a deletion whose end was committed.
func (s *Service) Kept() { s.events.WithLabelValues("canceled").Inc() }
