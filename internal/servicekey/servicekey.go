// Package servicekey keeps the keys by which programs of an operator use the admin API.
//
// A key is `enroll_`, the id of its row, `_`, and 256 random bits in base64url. It is returned once, by
// [Service.Create]. The row has the SHA-256 of the random bits. A slow hash would only delay each request: 256
// random bits cannot be found by trying. [Service.Check] compares the hashes in constant time. A key has scopes,
// may have an end, and may be for one site.
//
// Creating and revoking a key write an entry to the audit log, in one transaction.
//
// # What a thief gets
//
// A thief of the database or of a backup gets no key. A thief of a key has the scopes of the key until the key ends
// or is revoked, and each change that the thief makes is in the audit log under the key's name. A revocation
// holds for the next request, on every replica, because each request reads the row: there is no cache that could
// be out of date.
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

// Scope is what a key allows. Its values stand in the database and in the admin contract. Reading and writing
// have separate scopes, so that a program that only reads cannot change anything.
type Scope string

// The scopes.
const (
	UsersRead        Scope = "users:read"
	UsersWrite       Scope = "users:write"
	TokensIntrospect Scope = "tokens:introspect"
	AuditRead        Scope = "audit:read"
	EventsRead       Scope = "events:read"
	EventsWrite      Scope = "events:write"
)

// Scopes returns all scopes.
func Scopes() []Scope {
	return []Scope{UsersRead, UsersWrite, TokensIntrospect, AuditRead, EventsRead, EventsWrite}
}

// The acts of this package in the audit log.
const (
	created audit.Act = "key.created"
	revoked audit.Act = "key.revoked"
)

// The errors that an operator can correct.
var (
	ErrName      = errors.New("a key's name must begin with a-z or 0-9, followed by up to 63 of a-z, 0-9, '.', '_', '-'")
	ErrNameTaken = errors.New("a key has or had this name: choose another, because the audit log refers to keys by name")
	ErrScope     = errors.New("a key needs scopes of users:read, users:write, tokens:introspect, audit:read, " +
		"events:read, events:write")
	ErrEnd     = errors.New("the life of a key cannot be negative")
	ErrUnknown = errors.New("there is no such key, or it was revoked before")
)

// ErrInvalid reports a key that is malformed, unknown, wrong, revoked or expired. It is one error, since the sender
// must not learn which of these the key was. Errors never contain a key, because they are logged.
var ErrInvalid = errors.New("servicekey: invalid")

const (
	// prefix lets scanners of secrets find a key that was committed by mistake.
	prefix = "enroll_"
	// secretBytes is 256 bits. 128 bits cannot be guessed, and the others keep that true if an attacker
	// searches for many keys at once.
	secretBytes = 32
	// touchAfter is the least time between two updates of used_at, which shows operators which keys are in use.
	touchAfter = time.Hour
)

// namePattern is that of the constraint service_keys_name_check. Names are lower case, so that no two names in the
// log differ in case only.
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

// Spec describes a key that is to be created.
type Spec struct {
	Name   string
	Scopes []Scope
	Site   int64         // the only site that it is for; 0 for all
	Life   time.Duration // from now on; 0 for no end
	DryRun bool          // create the key, roll that back, and return no key
}

// Create makes a key and returns it, with what is stored of it. Nothing can show the key again.
func (s *Service) Create(ctx context.Context, by audit.Actor, spec Spec) (string, Info, error) {
	// The values are checked here, because the errors of violated constraints say less.
	switch {
	case !namePattern.MatchString(spec.Name):
		return "", Info{}, ErrName
	case len(spec.Scopes) == 0 || slices.ContainsFunc(spec.Scopes, func(one Scope) bool {
		return !slices.Contains(Scopes(), one)
	}):
		return "", Info{}, ErrScope
	case spec.Life < 0:
		return "", Info{}, ErrEnd
	}
	// The bits must be unpredictable: a key gives access to the users without any other proof.
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(s.rand, secret); err != nil {
		return "", Info{}, fmt.Errorf("servicekey: random bits: %w", err)
	}
	now := s.now()
	row := db.InsertServiceKeyParams{Name: spec.Name, CreatedAt: now, Hash: hash(secret)}
	// Given twice, a scope is one: the detail of the audit log has room for each of them once.
	for _, one := range spec.Scopes {
		if !slices.Contains(row.Scopes, string(one)) {
			row.Scopes = append(row.Scopes, string(one))
		}
	}
	if spec.Site != 0 {
		row.SiteID = &spec.Site
	}
	if spec.Life > 0 {
		end := now.Add(spec.Life)
		row.ExpiresAt = &end
	}
	// The id is part of the key, so that a check reads one row and compares one hash.
	var stored db.ServiceKey
	err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.queries.WithTx(tx)
		if stored, err = q.InsertServiceKey(ctx, row); err != nil {
			return err
		}
		entry := audit.Entry{
			By: by, Act: created, Site: spec.Site, At: now, Detail: spec.Name + ": " + strings.Join(row.Scopes, " "),
		}
		err = audit.Add(ctx, q, entry) // check: key-created-audited
		if err == nil && spec.DryRun { // check: key-create-dry
			err = errDry
		}
		return err
	})
	switch {
	case postgres.Constraint(err) == "service_keys_name_unique":
		return "", Info{}, ErrNameTaken
	// The bits of a dry run are forgotten: no row has their hash.
	case errors.Is(err, errDry):
		return "", infoOf(stored), nil
	case err != nil:
		return "", Info{}, postgres.Safe(err)
	}
	key := prefix + strconv.FormatInt(stored.ID, 10) + "_" + base64.RawURLEncoding.EncodeToString(secret)
	return key, infoOf(stored), nil
}

// errDry rolls a dry run back.
var errDry = errors.New("servicekey: dry run")

// Revoke ends a key at once, and returns what is known about it then. It returns ErrUnknown if there is no key of
// this name, or if it was revoked before. A dry run is rolled back.
func (s *Service) Revoke(ctx context.Context, by audit.Actor, name string, dry bool) (Info, error) {
	var row db.ServiceKey
	now := s.now()
	// The row is not deleted, so that the name cannot be used again. Requests whose key was checked before
	// the revocation are carried out.
	err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.queries.WithTx(tx)
		row, err = q.RevokeServiceKey(ctx, db.RevokeServiceKeyParams{Name: name, Now: now})
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return err
		}
		// Detail is the name of the revoked key, and By is the actor that has revoked it.
		err = audit.Add(ctx, q, audit.Entry{By: by, Act: revoked, Detail: name, At: now}) // check: key-revoked-audited
		if err == nil && dry {                                                            // check: key-revoke-dry
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return infoOf(row), postgres.Safe(err)
}

// Info is what a key's row says about it.
type Info struct {
	ID                           int64
	Name                         string
	Scopes                       []string
	Site                         int64 // 0 for all
	CreatedAt                    time.Time
	ExpiresAt, RevokedAt, UsedAt *time.Time // nil for never; UsedAt is accurate to an hour
}

// List returns 1,000 keys at most: those that were not revoked, then those that were, each the newest first.
func (s *Service) List(ctx context.Context) ([]Info, error) {
	// The bound of 1,000 is in the query. A deployment has a handful of keys.
	rows, err := s.queries.ServiceKeys(ctx)
	list := make([]Info, len(rows))
	for i, row := range rows {
		list[i] = infoOf(row)
	}
	return list, postgres.Safe(err)
}

// infoOf returns a row without its hash.
func infoOf(row db.ServiceKey) Info {
	info := Info{ID: row.ID, Name: row.Name, Scopes: row.Scopes, CreatedAt: row.CreatedAt,
		ExpiresAt: row.ExpiresAt, RevokedAt: row.RevokedAt, UsedAt: row.UsedAt}
	if row.SiteID != nil {
		info.Site = *row.SiteID
	}
	return info
}

// Holder is a key that was checked. Only [Service.Check] makes one. It is a copy of columns of the row: the key of a
// request stays as it was when the request began.
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
	// A text that does not have the form of a key is refused without a query.
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
	// The secret is checked first, so that the time of a refusal does not show whether a key is revoked or expired.
	switch {
	case subtle.ConstantTimeCompare(row.Hash, hash(secret)) != 1: // check: service-key-compared
		return Holder{}, ErrInvalid
	case row.RevokedAt != nil: // check: key-revoked
		return Holder{}, ErrInvalid
	case row.ExpiresAt != nil && !now.Before(*row.ExpiresAt): // check: key-expired
		return Holder{}, ErrInvalid
	}
	if stale := now.Add(-touchAfter); row.UsedAt == nil || row.UsedAt.Before(stale) {
		// If this update fails, the request is not refused: only the display of used_at is late.
		_ = s.queries.TouchServiceKey(ctx, db.TouchServiceKeyParams{ID: id, Now: now, Stale: stale})
	}
	// A site_id of NULL means every site.
	holder := Holder{name: row.Name, scopes: row.Scopes}
	if row.SiteID != nil {
		holder.site = *row.SiteID
	}
	return holder, nil
}

// parse splits a key into the id of its row and its random bits. The id shows roughly how many keys were created,
// which is not a secret.
func parse(sent string) (id int64, secret []byte, ok bool) {
	// base64url has '_' as well, so the first one after the prefix is the separator.
	rest, ok := strings.CutPrefix(sent, prefix)
	number, encoded, found := strings.Cut(rest, "_")
	if !ok || !found || len(encoded) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return 0, nil, false
	}
	// A key has one spelling: its id has no sign and no leading zero.
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != number {
		return 0, nil, false
	}
	// Strict refuses unused bits that are set, for the same reason.
	secret, err = base64.RawURLEncoding.Strict().DecodeString(encoded)
	return id, secret, err == nil
}

// hash returns the stored form of a key's random bits. It needs no salt, because the bits of no two keys
// are equal.
func hash(secret []byte) []byte {
	sum := sha256.Sum256(secret)
	return sum[:]
}
