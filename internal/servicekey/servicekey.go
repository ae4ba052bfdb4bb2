// Package servicekey keeps the keys by which programs of an operator use the admin API.
//
// A key is `enroll_`, the id of its row, `_`, and 256 random bits in base64url. It is returned once, by
// [Service.Create]. The row has its SHA-256: a key has so many random bits that it cannot be found by trying, so
// a slow hash would only cost each request its time. [Service.Check] compares the hashes in constant
// time. A key has scopes, may have an end, and may be for one site.
//
// Creating and revoking a key write an entry to the audit log, in one transaction.
//
// # What a thief gets
//
// A thief of the database or of a backup gets no key. A thief of a key has its scopes on its site until it ends or
// is revoked, and each of its acts is in the audit log under its name. A revocation holds for the next
// request, on every replica, because each request reads the row: there is no cache that could be out of
// date.
package servicekey

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Scope is what a key allows. Its values stand in the database and in the admin contract. Reading and writing are
// apart, so that a program that only looks cannot change anything.
type Scope string

// The scopes.
const (
	UsersRead        Scope = "users:read"
	UsersWrite       Scope = "users:write"
	TokensIntrospect Scope = "tokens:introspect"
	AuditRead        Scope = "audit:read"
	EventsRead       Scope = "events:read"
)

// Scopes returns all scopes.
func Scopes() []Scope { return []Scope{UsersRead, UsersWrite, TokensIntrospect, AuditRead, EventsRead} }

// The acts of this package in the audit log.
const (
	created audit.Act = "key.created"
	revoked audit.Act = "key.revoked"
)

// The errors that an operator can mend.
var (
	ErrName      = errors.New("a key's name is a letter or digit and up to 63 of a-z, 0-9, '.', '_', '-'")
	ErrNameTaken = errors.New("there is, or was, a key of this name; names are not given again: the audit log has them")
	ErrScope     = errors.New("a key needs scopes of users:read, users:write, tokens:introspect, audit:read, events:read")
	ErrEnd       = errors.New("a key cannot have ended when it is made")
	ErrUnknown   = errors.New("there is no such key, or it was revoked before")
)

// ErrInvalid reports a key that is malformed, unknown, wrong, revoked or expired. It is one error, since the sender
// of a wrong key must not learn which it was. Errors name no key: they are logged.
var ErrInvalid = errors.New("servicekey: invalid")

const (
	// prefix lets scanners of secrets find a key that was committed by mistake.
	prefix = "enroll_"
	// secretBytes is twice what cannot be guessed, so that the hashes of many keys are no better to search.
	secretBytes = 32
	// touchAfter is the time between two notes of a use. An operator sees by them which keys are in use.
	touchAfter = time.Hour
)

// namePattern is that of the constraint service_keys_name_check. Names are lower case, so that two do not look
// alike in the log.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Config holds what a [Service] needs. All fields are required.
type Config struct {
	Pool *postgres.Pool
	Now  func() time.Time
	Rand io.Reader // fit for secrets
}

// Service makes, checks and revokes keys. It is safe for concurrent use; all its state is in PostgreSQL.
type Service struct {
	pool    *postgres.Pool
	queries *db.Queries
	now     func() time.Time
	rand    io.Reader
}

// New returns a Service, or an error if a field of the configuration is missing.
func New(cfg Config) (*Service, error) {
	if cfg.Pool == nil || cfg.Now == nil || cfg.Rand == nil {
		return nil, errors.New("servicekey: a dependency is missing")
	}
	return &Service{cfg.Pool, db.New(postgres.NewStatements(cfg.Pool)), cfg.Now, cfg.Rand}, nil
}

// Spec is what a new key is to be.
type Spec struct {
	Name   string
	Scopes []Scope
	Site   int64         // the only site that it is for; 0 for all
	Life   time.Duration // from now on; 0 for no end
}

// Create makes a key and returns it. Nothing can show it again.
func (s *Service) Create(ctx context.Context, by audit.Actor, spec Spec) (string, error) {
	// Checked here and not left to the constraints, whose errors say less.
	switch {
	case !namePattern.MatchString(spec.Name):
		return "", ErrName
	case len(spec.Scopes) == 0 || slices.ContainsFunc(spec.Scopes, func(one Scope) bool {
		return !slices.Contains(Scopes(), one)
	}):
		return "", ErrScope
	case spec.Life < 0:
		return "", ErrEnd
	}
	// From the system's random source: a key is all that stands between a program and the users.
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(s.rand, secret); err != nil {
		return "", fmt.Errorf("servicekey: random bits: %w", err)
	}
	now := s.now()
	row := db.InsertServiceKeyParams{Name: spec.Name, CreatedAt: now, Hash: hash(secret)}
	for _, one := range spec.Scopes {
		row.Scopes = append(row.Scopes, string(one))
	}
	if spec.Site != 0 {
		row.SiteID = &spec.Site
	}
	if spec.Life > 0 {
		end := now.Add(spec.Life)
		row.ExpiresAt = &end
	}
	// The id is part of the key, so that one row is read by it and one hash compared.
	var id int64
	err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.queries.WithTx(tx)
		if id, err = q.InsertServiceKey(ctx, row); err != nil {
			return err
		}
		entry := audit.Entry{
			By: by, Act: created, Site: spec.Site, At: now, Detail: spec.Name + ": " + strings.Join(row.Scopes, " "),
		}
		return audit.Add(ctx, q, entry) // check: key-created-audited
	})
	if postgres.Constraint(err) == "service_keys_name_unique" {
		return "", ErrNameTaken
	}
	if err != nil {
		return "", postgres.Safe(err)
	}
	return prefix + strconv.FormatInt(id, 10) + "_" + base64.RawURLEncoding.EncodeToString(secret), nil
}

// Revoke ends a key at once. It returns ErrUnknown if there is no key of this name that is not revoked.
func (s *Service) Revoke(ctx context.Context, by audit.Actor, name string) error {
	now := s.now()
	// The row stays, so that the name is not given again. Requests that were checked before go on.
	err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.queries.WithTx(tx)
		n, err := q.RevokeServiceKey(ctx, db.RevokeServiceKeyParams{Name: name, Now: now})
		if err == nil && n == 0 {
			err = ErrUnknown
		}
		if err != nil {
			return err
		}
		// The name in the entry is that of the key that was revoked, and the actor another one.
		return audit.Add(ctx, q, audit.Entry{By: by, Act: revoked, Detail: name, At: now}) // check: key-revoked-audited
	})
	return postgres.Safe(err)
}

// Info is what a key's row says about it.
type Info struct {
	ID                           int64
	Name                         string
	Scopes                       []string
	Site                         int64 // 0 for all
	CreatedAt                    time.Time
	ExpiresAt, RevokedAt, UsedAt *time.Time // nil for never; UsedAt is right to an hour
}

// List returns all keys, also those that have ended, the oldest first.
func (s *Service) List(ctx context.Context) ([]Info, error) {
	// A thousand at most: a deployment has a handful.
	rows, err := s.queries.ServiceKeys(ctx)
	list := make([]Info, len(rows))
	for i, row := range rows {
		list[i] = Info{ID: row.ID, Name: row.Name, Scopes: row.Scopes, CreatedAt: row.CreatedAt,
			ExpiresAt: row.ExpiresAt, RevokedAt: row.RevokedAt, UsedAt: row.UsedAt}
		if row.SiteID != nil {
			list[i].Site = *row.SiteID
		}
	}
	return list, postgres.Safe(err)
}

// Holder is a key that was checked. Only [Service.Check] makes one. It is a value and no reference to the row:
// the key of a request stays as it was when the request began.
type Holder struct {
	name   string
	scopes []string
	site   int64
}

// Name returns the name of the key.
func (h Holder) Name() string { return h.name }

// Allows reports whether the key has a scope.
func (h Holder) Allows(scope Scope) bool { return slices.Contains(h.scopes, string(scope)) } // check: key-scope

// OfSite reports whether the key may be used for a site.
func (h Holder) OfSite(site int64) bool { return h.site == 0 || h.site == site } // check: key-site

// Site returns the only site that the key is for, or 0 for all.
func (h Holder) Site() int64 { return h.site }

// Check returns the key that was sent, or [ErrInvalid].
func (s *Service) Check(ctx context.Context, sent string) (Holder, error) {
	// What has not the form of a key costs no query.
	id, secret, ok := parse(sent)
	if !ok {
		return Holder{}, ErrInvalid
	}
	row, err := s.queries.ServiceKeyByID(ctx, db.ServiceKeyByIDParams{ID: id})
	if errors.Is(err, pgx.ErrNoRows) {
		return Holder{}, ErrInvalid
	}
	if err != nil {
		return Holder{}, err
	}
	now := s.now()
	// The secret first: a wrong one must not find out that the key was revoked or has ended.
	switch {
	case subtle.ConstantTimeCompare(row.Hash, hash(secret)) != 1: // check: service-key-compared
		return Holder{}, ErrInvalid
	case row.RevokedAt != nil: // check: key-revoked
		return Holder{}, ErrInvalid
	case row.ExpiresAt != nil && !now.Before(*row.ExpiresAt): // check: key-expired
		return Holder{}, ErrInvalid
	}
	if stale := now.Add(-touchAfter); row.UsedAt == nil || row.UsedAt.Before(stale) {
		// A request is not refused because the note of its key's use failed.
		_ = s.queries.TouchServiceKey(ctx, db.TouchServiceKeyParams{ID: id, Now: now, Stale: stale})
	}
	// NULL is every site.
	holder := Holder{name: row.Name, scopes: row.Scopes}
	if row.SiteID != nil {
		holder.site = *row.SiteID
	}
	return holder, nil
}

// parse splits a key into the id of its row and its random bits. An id in front of the random bits tells how many
// keys there are, which is no secret.
func parse(sent string) (id int64, secret []byte, ok bool) {
	// base64url has '_' as well, so the first one after the prefix is the separator.
	rest, ok := strings.CutPrefix(sent, prefix)
	number, encoded, found := strings.Cut(rest, "_")
	if !ok || !found || len(encoded) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return 0, nil, false
	}
	// One spelling: no sign and no leading zero.
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != number {
		return 0, nil, false
	}
	// Strict, so that a key has one spelling.
	secret, err = base64.RawURLEncoding.Strict().DecodeString(encoded)
	return id, secret, err == nil
}

// hash returns what is stored of a key's random bits. There is no salt: no two keys are equal.
func hash(secret []byte) []byte {
	sum := sha256.Sum256(secret)
	return sum[:]
}
