package servicekey_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var admin = audit.Actor{Kind: audit.Command, Name: "root"}

// ring is a service with a clock that stands still.
type ring struct {
	*servicekey.Service
	*testing.T
	pool *pgxpool.Pool
	now  time.Time
}

func newRing(t *testing.T) *ring {
	t.Helper()
	r := &ring{T: t, pool: pgtest.New(t), now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	var err error
	r.Service, err = servicekey.New(servicekey.Config{
		Pool: r.pool, Now: func() time.Time { return r.now }, Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *ring) create(spec servicekey.Spec) string {
	r.Helper()
	key, _, err := r.Create(r.Context(), admin, spec)
	if err != nil {
		r.Fatal(err)
	}
	return key
}

// log returns the acts and details of the audit log.
func (r *ring) log() []string {
	r.Helper()
	rows, err := r.pool.Query(r.Context(),
		"SELECT act || ' ' || detail FROM audit_entries WHERE actor_name = 'root' ORDER BY id")
	if err != nil {
		r.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		r.Fatal(err)
	}
	return list
}

// TestKey: a key is valid for its scopes and its site until it ends or is revoked. The table does not contain it.
func TestKey(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	read := []servicekey.Scope{servicekey.UsersRead}
	key := r.create(servicekey.Spec{Name: "support", Scopes: read, Site: 2, Life: time.Hour})
	holder, err := r.Check(t.Context(), key)
	if err != nil || holder.Name() != "support" || !holder.Allows(servicekey.UsersRead) ||
		holder.Allows(servicekey.UsersWrite) || !holder.OfSite(2) || holder.OfSite(1) || holder.Site() != 2 {
		t.Errorf("%+v, %v", holder, err)
	}
	var stored string
	if err := r.pool.QueryRow(t.Context(), "SELECT k::text FROM service_keys AS k").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if _, secret, _ := strings.Cut(key[len("enroll_"):], "_"); strings.Contains(stored, secret) {
		t.Error("the table has the key")
	}
	infos, err := r.List(t.Context())
	if err != nil || len(infos) != 1 || infos[0].UsedAt == nil || !infos[0].ExpiresAt.Equal(r.now.Add(time.Hour)) {
		t.Errorf("%+v, %v", infos, err)
	}
	r.now = r.now.Add(time.Hour - time.Microsecond)
	if _, err := r.Check(t.Context(), key); err != nil {
		t.Errorf("before its end: %v", err)
	}
	r.now = r.now.Add(time.Microsecond)
	if _, err := r.Check(t.Context(), key); !errors.Is(err, servicekey.ErrInvalid) {
		t.Errorf("at its end: %v", err)
	}
	all := r.create(servicekey.Spec{Name: "all", Scopes: servicekey.Scopes()})
	if holder, err := r.Check(t.Context(), all); err != nil || !holder.OfSite(7) || !holder.Allows(servicekey.AuditRead) {
		t.Errorf("%+v, %v", holder, err)
	}
	if info, err := r.Revoke(t.Context(), admin, "all", false); err != nil || !info.RevokedAt.Equal(r.now) {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err = r.Revoke(t.Context(), admin, "all", false); !errors.Is(err, servicekey.ErrUnknown) {
		t.Errorf("the second revocation: %v", err)
	}
	if _, err := r.Check(t.Context(), all); !errors.Is(err, servicekey.ErrInvalid) {
		t.Errorf("revoked: %v", err)
	}
	want := []string{"key.created support: users:read",
		"key.created all: users:read users:write tokens:introspect audit:read events:read events:write", "key.revoked all"}
	if got := r.log(); !slices.Equal(got, want) {
		t.Errorf("the log has %q", got)
	}
}

// TestKeyRefused: a text that differs from the key is refused, and Create refuses an invalid Spec.
func TestKeyRefused(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	read := []servicekey.Scope{servicekey.UsersRead}
	key := r.create(servicekey.Spec{Name: "a", Scopes: read})
	other := r.create(servicekey.Spec{Name: "b", Scopes: read})
	_, secret, _ := strings.Cut(other[len("enroll_"):], "_")
	flipped := "A"
	if strings.HasSuffix(key[:len(key)-1], "A") {
		flipped = "B"
	}
	for _, sent := range []string{
		"", "enroll_", key + "A", key[:len(key)-1], "Enroll" + key[6:], key[:len(key)-2] + flipped + key[len(key)-1:],
		key[:len(key)-len(secret)] + secret, "enroll_99_" + secret, "enroll_+1_" + secret, "enroll_01_" + secret,
		"enroll_9999999999999999999999_" + secret,
	} {
		if _, err := r.Check(t.Context(), sent); !errors.Is(err, servicekey.ErrInvalid) {
			t.Errorf("%d characters: %v", len(sent), err)
		}
	}
	for want, spec := range map[error]servicekey.Spec{
		servicekey.ErrName:      {Name: "A b", Scopes: read},
		servicekey.ErrNameTaken: {Name: "a", Scopes: read},
		servicekey.ErrScope:     {Name: "c", Scopes: []servicekey.Scope{"users:*"}},
		servicekey.ErrEnd:       {Name: "d", Scopes: read, Life: -time.Hour},
	} {
		for _, spec.DryRun = range []bool{true, false} {
			if _, _, err := r.Create(t.Context(), admin, spec); !errors.Is(err, want) {
				t.Errorf("%+v: %v", spec, err)
			}
		}
	}
}

// TestKeyDryRun: a dry run says what would be stored, gives no key, and stores nothing.
func TestKeyDryRun(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	spec := servicekey.Spec{Name: "a", Scopes: servicekey.Scopes(), Site: 2, Life: time.Hour, DryRun: true}
	for range 2 {
		key, info, err := r.Create(t.Context(), admin, spec)
		if err != nil || key != "" || info.Name != "a" || info.Site != 2 || !info.ExpiresAt.Equal(r.now.Add(time.Hour)) {
			t.Errorf("%q, %+v, %v", key, info, err)
		}
	}
	spec.DryRun = false
	key := r.create(spec)
	for range 2 {
		if info, err := r.Revoke(t.Context(), admin, "a", true); err != nil || !info.RevokedAt.Equal(r.now) {
			t.Errorf("%+v, %v", info, err)
		}
	}
	if _, err := r.Revoke(t.Context(), admin, "b", true); !errors.Is(err, servicekey.ErrUnknown) {
		t.Errorf("an unknown key: %v", err)
	}
	if _, err := r.Check(t.Context(), key); err != nil || len(r.log()) != 1 {
		t.Errorf("%v, and the log has %q", err, r.log())
	}
}

// TestListHasTheLatestKeys: a key that was made just now is in the list, however many were made and revoked before. A
// scope that is given twice is stored once.
func TestListHasTheLatestKeys(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	_, err := r.pool.Exec(t.Context(), `INSERT INTO service_keys (name, hash, scopes, created_at, revoked_at)
		SELECT 'old' || i, sha256(i::text::bytea), '{users:read}', $1::timestamptz, CASE WHEN i > 1 THEN $1::timestamptz END
		FROM generate_series(1, 1000) AS i`, r.now)
	if err != nil {
		t.Fatal(err)
	}
	read := servicekey.UsersRead
	r.create(servicekey.Spec{Name: "new", Scopes: []servicekey.Scope{read, servicekey.AuditRead, read}})
	infos, err := r.List(t.Context())
	if err != nil || len(infos) != 1000 || infos[0].Name != "new" || infos[1].Name != "old1" ||
		infos[2].Name != "old1000" {
		t.Fatalf("%d keys, %v", len(infos), err)
	}
	if !slices.Equal(infos[0].Scopes, []string{"users:read", "audit:read"}) {
		t.Errorf("scopes %q", infos[0].Scopes)
	}
}
