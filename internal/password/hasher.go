package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Config holds what a [Hasher] needs. The zero value works.
type Config struct {
	// Params is the cost of each new hash; zero fields mean the defaults.
	Params Params

	// Workers is how many hashes may be computed at once, each with Params.Memory.
	// 0 means as many as the process may use cores (GOMAXPROCS): more only adds
	// memory, measured at 4.6 times less throughput with 256.
	Workers int

	// Queue is how many callers may wait; 0 means 4 for each worker.
	Queue int

	// MaxWait is how long a caller may wait before its hash is begun; 0 means one
	// second. Who would wait longer is refused at once.
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
// return a [*BusyError] at once if the wait would be longer than Config.MaxWait
// or than the context's deadline leaves time for, and the context's error,
// wrapped, if it ends while they wait. A hash that has been begun is finished.
//
// Waits are measured with the runtime's monotonic clock; no date enters.
type Hasher struct {
	params Params
	rand   io.Reader
	gate   *gate
	derive deriveFunc
}

// New returns a Hasher, or an error that names the setting out of its bounds or
// the metric that is registered already.
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
		config.Queue = 4 * config.Workers
	}
	if config.MaxWait == 0 {
		config.MaxWait = time.Second
	}
	if config.Rand == nil {
		config.Rand = rand.Reader
	}
	m := newMetrics()
	if err := m.register(config.Metrics); err != nil {
		return nil, fmt.Errorf("password: metrics: %w", err)
	}
	return &Hasher{
		params: params,
		rand:   config.Rand,
		gate:   newGate(config.Workers, config.Queue, config.MaxWait, m),
		derive: derivePortable,
	}, nil
}

// Hash returns the argon2id hash of a password with a new salt, as a PHC string
// of printable ASCII, 97 characters at the default cost.
func (h *Hasher) Hash(ctx context.Context, normalized string) (phc string, err error) {
	fresh := record{params: h.params, salt: make([]byte, saltLength)}
	if _, err := io.ReadFull(h.rand, fresh.salt); err != nil {
		return "", fmt.Errorf("password: salt: %w", err)
	}
	fresh.key, err = h.compute(ctx, normalized, fresh.salt, h.params, keyLength)
	if err != nil {
		return "", err
	}
	return fresh.String(), nil
}

// Verify tells whether a stored hash is that of a password. If it is, stale
// tells that the hash was not made as [Hasher.Hash] makes it now (other cost,
// or bcrypt, of which $2a$, $2b$ and $2y$ up to cost 14 are known), so that the caller
// should hash the password again and store that.
//
// A bcrypt hash matches no password of more than 72 bytes, because bcrypt does not
// look at the rest. A malformed hash and one that asks for too much work give
// [ErrBadHash], without waiting.
func (h *Hasher) Verify(ctx context.Context, phc, normalized string) (ok, stale bool, err error) {
	if old, err := parseBcrypt(phc); err == nil {
		ok, err = h.verifyBcrypt(ctx, old, normalized)
		return ok, ok, err
	}
	stored, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	key, err := h.compute(ctx, normalized, stored.salt, stored.params, len(stored.key))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(key, stored.key) == 1
	current := stored.params == h.params && len(stored.salt) == saltLength && len(stored.key) == keyLength
	return ok, ok && !current, nil
}

func (h *Hasher) verifyBcrypt(ctx context.Context, stored bcryptHash, normalized string) (ok bool, err error) {
	err = h.gate.run(ctx, stored.effort(), func(int) { ok = stored.matches(normalized) })
	return ok, err
}

// VerifyNobody costs what [Hasher.Verify] costs for a current hash, and matches
// nothing. A login calls it where there is no such user, or the user has no
// password, so that the time it takes does not tell (ASVS 6.3.8).
func (h *Hasher) VerifyNobody(ctx context.Context, normalized string) error {
	_, err := h.compute(ctx, normalized, make([]byte, saltLength), h.params, keyLength)
	return err
}

func (h *Hasher) compute(ctx context.Context, password string, salt []byte, params Params, length int) (key []byte, err error) {
	err = h.gate.run(ctx, params.effort(), func(slot int) {
		key = h.derive(slot, []byte(password), salt, params, uint32(length))
	})
	return key, err
}
