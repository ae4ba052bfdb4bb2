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
	// Params is the cost of each new hash. A field that is 0 means its default.
	Params Params

	// Workers is how many hashes may be computed at a time. Each worker keeps the memory
	// of one hash, Params.Memory, from its first use on. 0 means one for each core
	// that the process may use (GOMAXPROCS): more would take more memory and compete
	// for the same cores and caches.
	Workers int

	// Queue bounds how many requests of each class are expected to wait, which bounds their
	// memory. A further request is refused even if its estimated wait is short (see MaxQueue
	// of package admission). 0 means 64 for each worker.
	Queue int

	// MaxWait is the longest estimated wait with which a request is admitted. 0
	// means 700 ms, so that an answer takes about a second at the most. See
	// [admission.Config].
	MaxWait time.Duration

	// Rand is the source of salts and must be safe for concurrent use; nil means
	// crypto/rand.
	Rand io.Reader

	// Metrics is where enroll_password_* are registered; nil means nowhere.
	Metrics prometheus.Registerer
}

// Hasher makes and verifies password hashes, at most Config.Workers at a time. It
// is safe for concurrent use, starts no goroutine and needs no Close.
//
// Its methods take passwords as [Normalize] or [Policy.Check] return them. They
// return a [*admission.BusyError] at once if the queue is full, or if the estimated
// wait is longer than Config.MaxWait or than the context's deadline allows, and later
// if the wait becomes five times as long as MaxWait. They return the context's error,
// wrapped, if the context ends while they wait. A hash that has begun is finished.
// A request that spends something before the hash calls [Hasher.Admit] first.
type Hasher struct {
	params  Params
	rand    io.Reader
	limiter *admission.Limiter
	derive  deriveFunc

	implementation string
	failure        error
}

// New returns a Hasher. It returns an error if a setting is out of its bounds or a
// metric is registered already; the error names the setting or the metric. New takes some
// milliseconds, in which it tests the implementation of argon2id that the Hasher will use.
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
	limiter, err := admission.New(admission.Config{
		Slots: config.Workers, MaxQueue: config.Queue, MaxWait: config.MaxWait, Metrics: config.Metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	implementation, failure := argon2.Choose()
	return &Hasher{
		params:         params,
		rand:           config.Rand,
		limiter:        limiter,
		derive:         newDerive(implementation, config.Workers, params),
		implementation: implementation.Name(),
		failure:        failure,
	}, nil
}

// Implementation names the code that computes argon2id: "avx512", "avx2",
// "portable" or "x/crypto". If failure is not nil, it names a faster one that failed
// its test at the start and is therefore not used: hashes are right, and slower
// than this CPU allows.
func (h *Hasher) Implementation() (name string, failure error) { return h.implementation, h.failure }

// Hash returns the argon2id hash of a password with a new salt, as a PHC string of
// printable ASCII, 97 characters at the default cost. Its request is admitted or refused
// like a registration.
func (h *Hasher) Hash(ctx context.Context, normalized string) (phc string, err error) {
	job, err := h.Admit(ctx, admission.ForRegistration)
	if err != nil {
		return "", err
	}
	defer job.Cancel()
	return job.Hash(ctx, normalized)
}
