package password

import (
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/password/argon2"
)

// Caps on the cost of a stored hash, and so of a configured one. A row with a higher
// cost counts as manipulated.
const (
	maxMemory  = 64 * 1024 // KiB
	maxPasses  = 10
	maxThreads = 4
)

// Lengths of the parts of a hash by [Hasher.Hash], in bytes: 128 bits of salt and 256
// of key (RFC 9106 §4).
const (
	saltLength = 16
	keyLength  = 32
)

// Params is the cost of one argon2id hash. The zero value of each field means
// its default, together OWASP's m=19456, t=2, p=1.
type Params struct {
	Memory  uint32 // KiB: 8 × Threads to 65,536; default 19,456
	Passes  uint32 // over the memory: 1 to 10; default 2
	Threads uint8  // lanes, computed one after the other: 1 to 4; default 1
}

func (p Params) withDefaults() Params {
	if p.Memory == 0 {
		p.Memory = 19 * 1024
	}
	if p.Passes == 0 {
		p.Passes = 2
	}
	if p.Threads == 0 {
		p.Threads = 1
	}
	return p
}

// allowed reports whether the cost is within the caps. The lower bound on memory is that
// of RFC 9106 §3.1, below which argon2.Implementation.Key panics.
func (p Params) allowed() bool {
	return 1 <= p.Threads && p.Threads <= maxThreads &&
		1 <= p.Passes && p.Passes <= maxPasses && // check: hash-passes
		8*uint32(p.Threads) <= p.Memory && p.Memory <= maxMemory // check: hash-memory
}

// work is the size of one hash for admission, which measures the time of a KiB.
func (p Params) work() admission.Work {
	return admission.Work{Algorithm: admission.Argon2id, Units: float64(p.Memory) * float64(p.Passes)}
}

// WorkerMemory is how many bytes each worker of a [Hasher] keeps for hashes of this
// cost. A stored hash of higher cost, 64 MiB at the most, takes more while it is
// verified.
func WorkerMemory(p Params) int64 { return argon2.KeptBytes(p.withDefaults().cost()) }

// deriveFunc computes argon2id (RFC 9106, version 0x13) on the given slot. A slot is
// a number below Config.Workers that no other call holds at the same time, so that
// an implementation can reuse memory for each. What it returns belongs to the
// caller.
type deriveFunc func(slot int, password, salt []byte, params Params, keyLength uint32) []byte

// newDerive returns argon2id with one implementation and memory for each slot. A slot
// keeps the memory of a hash of the configured cost. If a stored hash takes more, all
// memory of the slot is released after it.
func newDerive(implementation *argon2.Implementation, slots int, usual Params) deriveFunc {
	memory := make([]*argon2.Memory, slots)
	for i := range memory {
		memory[i] = argon2.NewMemory(usual.cost())
	}
	return func(slot int, password, salt []byte, params Params, keyLength uint32) []byte {
		return implementation.Key(memory[slot], password, salt, params.cost(), keyLength)
	}
}

func (p Params) cost() argon2.Params {
	return argon2.Params{Memory: p.Memory, Passes: p.Passes, Lanes: p.Threads}
}
