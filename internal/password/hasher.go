package password

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/password/argon2"
)

// Config holds what a [Hasher] needs. The zero value works.
type Config struct {
	// Params is the cost of each new hash; zero fields mean the defaults.
	Params Params

	// Workers is how many hashes may be computed at once, each with Params.Memory.
	// 0 means as many as the process may use cores (GOMAXPROCS): more only adds
	// memory, measured at 4.6 times less throughput with 256.
	Workers int

	// Queue is how many of each class may wait, whatever MaxWait says; it bounds
	// memory. 0 means 64 for each worker.
	Queue int

	// MaxWait is how long a caller may wait before its hash is begun, by the pace
	// that was measured; 0 means 700 ms. Who might wait longer is refused at once,
	// and who does wait a quarter longer, since the pace was lost, then.
	// All classes share it: one alone has its part of it, so that those who wait
	// are hashed for in time even when the others come.
	MaxWait time.Duration

	// Rand gives the salts and must be safe for concurrent use; nil means
	// crypto/rand.
	Rand io.Reader

	// Metrics is where enroll_password_* are registered; nil means nowhere.
	Metrics prometheus.Registerer
}

// Hasher makes and checks password hashes, at most Config.Workers at once. It is
// safe for concurrent use, has no goroutine of its own and need not be closed.
//
// Its methods take passwords as [Normalize] or [Policy.Check] return them. They
// return a [*admission.BusyError] at once if the wait might be longer than Config.MaxWait
// or than the context's deadline leaves time for, and the context's error,
// wrapped, if it ends while they wait. A hash that has been begun is finished.
// Who has something to spend before the hash asks [Hasher.Admit] first.
//
// Waits are measured with the runtime's monotonic clock; no date enters.
type Hasher struct {
	params Params
	rand   io.Reader
	gate   *admission.Gate
	derive deriveFunc

	implementation string
	fault          error
}

// New returns a Hasher, or an error that names the setting out of its bounds or
// the metric that is registered already. It takes some 5 ms to test what it
// will hash with.
func New(config Config) (*Hasher, error) {
	params := config.Params.withDefaults()
	if !params.allowed() {
		return nil, fmt.Errorf("password: argon2id cost m=%d,t=%d,p=%d is not within m=8p..%d,t=1..%d,p=1..%d",
			params.Memory, params.Passes, params.Threads, maxMemory, maxPasses, maxThreads)
	}
	if config.Workers < 0 || config.Queue < 0 || config.MaxWait < 0 {
		return nil, fmt.Errorf("password: negative workers (%d), queue (%d) or wait (%v)",
			config.Workers, config.Queue, config.MaxWait)
	}
	if config.Workers == 0 {
		config.Workers = runtime.GOMAXPROCS(0)
	}
	if config.Queue == 0 {
		config.Queue = 64 * config.Workers
	}
	if config.MaxWait == 0 {
		config.MaxWait = 700 * time.Millisecond
	}
	if config.Rand == nil {
		config.Rand = rand.Reader
	}
	gate, err := admission.New(config.Workers, config.Queue, config.MaxWait, config.Metrics)
	if err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	implementation, fault := argon2.Choose()
	return &Hasher{
		params:         params,
		rand:           config.Rand,
		gate:           gate,
		derive:         newDerive(implementation, config.Workers, params),
		implementation: implementation.Name(),
		fault:          fault,
	}, nil
}

// Implementation names what computes argon2id: "avx512", "avx2", "portable" or
// "x/crypto". A fault says which faster one failed its test at the start and is
// therefore not used: hashes are right, and slower than they should be.
func (h *Hasher) Implementation() (name string, fault error) { return h.implementation, h.fault }

// Hash returns the argon2id hash of a password with a new salt, as a PHC string
// of printable ASCII, 97 characters at the default cost. It is hashed for a
// registration; [Hasher.Admit] asks beforehand whether it can be.
func (h *Hasher) Hash(ctx context.Context, normalized string) (phc string, err error) {
	seat, err := h.Admit(ctx, admission.ForRegistration)
	if err != nil {
		return "", err
	}
	defer seat.Leave()
	return seat.Hash(ctx, normalized)
}
