package code_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// desk is a service on a database of its own with a clock that stands still.
type desk struct {
	*code.Service
	*testing.T
	pool *pgxpool.Pool
	mu   sync.Mutex
	time time.Time
	sent []string
}

func newDesk(t *testing.T, limits code.Limits) *desk {
	t.Helper()
	return newDeskOn(t, limits, prometheus.NewRegistry())
}

// newDeskOn returns a desk with a registry of metrics.
func newDeskOn(t *testing.T, limits code.Limits, metrics prometheus.Registerer) *desk {
	t.Helper()
	return newDeskOf(t, pgtest.New(t), limits, metrics)
}

// newDeskOf returns a desk with a database of its own and a registry of metrics.
func newDeskOf(t *testing.T, pool *pgxpool.Pool, limits code.Limits, metrics prometheus.Registerer) *desk {
	t.Helper()
	d := &desk{T: t, pool: pool, time: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
	var err error
	d.Service, err = code.New(code.Config{
		Pool: d.pool, Limits: limits, Secret: make([]byte, 32), Now: d.now, Rand: rand.Reader, Metrics: metrics,
	})
	fatal(t, err)
	return d
}

// twin returns a second replica, with a pool of its own and the time of d at this moment. set are settings of
// PostgreSQL and their values.
func (d *desk) twin(limits code.Limits, set ...string) *desk {
	d.Helper()
	config := d.pool.Config()
	for i := 0; i < len(set); i += 2 {
		config.ConnConfig.RuntimeParams[set[i]] = set[i+1]
	}
	pool, err := pgxpool.NewWithConfig(d.Context(), config)
	fatal(d.T, err)
	d.Cleanup(pool.Close)
	twin := &desk{T: d.T, pool: pool, time: d.now()}
	twin.Service, err = code.New(code.Config{
		Pool: pool, Limits: limits, Secret: make([]byte, 32), Now: twin.now, Rand: rand.Reader,
		Metrics: prometheus.NewRegistry(),
	})
	fatal(d.T, err)
	return twin
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.time
}

func (d *desk) advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.time = d.time.Add(by)
}

// phone is a destination for registrations.
func phone(number string) code.Destination {
	return code.Destination{Site: 1, Address: number, Channel: code.Phone, Purpose: code.ForRegister}
}

const victim = "+8613800138000"

// from is a client in an IPv4 network.
func from(network string) code.Origin { return code.Origin{Subnet: network, Network: network} }

// ask requests a code. It returns the code if there is no error.
func (d *desk) ask(to code.Destination, by code.Origin) (string, error) {
	var drawn string
	_, err := d.Send(d.Context(), to, by, func(_ context.Context, c string) (bool, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.sent = append(d.sent, c)
		drawn = c
		return true, nil
	})
	return drawn, err
}

// mustAsk waits for the cooldown and requests a code. It fails the test if there is an error.
func (d *desk) mustAsk(to code.Destination, by code.Origin) string {
	d.Helper()
	d.advance(code.Cooldown)
	drawn, err := d.ask(to, by)
	fatal(d.T, err)
	return drawn
}

// redeem tries and spends a code, as a registration does.
func (d *desk) redeem(to code.Destination, by code.Origin, typed string) error {
	proven, err := d.Try(d.Context(), to, by, typed)
	if err != nil {
		return err
	}
	return proven.Spend(d.Context(), db.New(d.pool), d.now())
}

// wrong returns a code that was not sent.
func (d *desk) wrong() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for n := range 1000 {
		guess := []byte("000000")
		for i := 5; n > 0; i, n = i-1, n/10 {
			guess[i] += byte(n % 10)
		}
		free := true
		for _, c := range d.sent {
			free = free && c != string(guess)
		}
		if free {
			return string(guess)
		}
	}
	return "999999"
}

// refused returns the reason of err, or -1 if err is not a Refusal.
func refused(err error) code.Why {
	var r *code.Refusal
	if errors.As(err, &r) {
		return r.Why
	}
	return -1
}

func (d *desk) expect(err error, want code.Why) {
	d.Helper()
	if err == nil || refused(err) != want {
		d.Errorf("got %v, want %v", err, &code.Refusal{Why: want})
	}
}

func (d *desk) count(query string) (n int) {
	d.Helper()
	fatal(d.T, d.pool.QueryRow(d.Context(), "SELECT count(*) FROM "+query).Scan(&n))
	return n
}
