package captcha

import (
	"context"
	"crypto/sha256"
	_ "embed" // for pow.js
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"time"
)

// Bounds of a puzzle's difficulty in zero bits, and what it is between by default.
// One bit more doubles the work: Puzzles times 2^bits hashes on average. A browser on
// a laptop of 2020 does some 3 million a second, a cheap telephone a tenth of that,
// a graphics card thousands of times as many.
const (
	LeastBits      = 8
	MostBits       = 20
	DefaultMinBits = 13 // 131 thousand hashes
	DefaultMaxBits = 17 // 2.1 million
)

// Puzzles is how many puzzles a work has. The time that one takes is spread as widely
// as it is long on average: one person in a hundred waits five times as long as most.
// That of 16 is spread by a quarter of it, and they still are verified in 16 hashes.
// Friendly Captcha asks for several for the same reason; ALTCHA's server picks the
// solution from a range, which bounds the time as well, and less evenly; Hashcash has
// one puzzle, and was for mail, where nobody waits.
const Puzzles = 16

// DefaultBusy is the number of challenges a minute that counts as full load.
const DefaultBusy = 600

// WorkConfig holds what [NewWork] needs.
type WorkConfig struct {
	Config
	// MinBits is the difficulty without load and MaxBits the one at full load, each
	// from LeastBits to MostBits; DefaultMinBits and DefaultMaxBits if zero.
	MinBits, MaxBits int
	// Load tells how busy the service is, from 0 to 1; what is outside counts as the
	// nearer of them, what is no number as 1. It must be safe for concurrent use. If
	// nil, it is this process's challenges of about the last minute, divided by Busy.
	Load func() float64
	// Busy is used where Load is nil: DefaultBusy if zero.
	Busy int
}

// Work issues challenges of the pow kind: a proof of work that a browser does while
// its owner fills in the form, without an image and without a third party. The more
// challenges are asked for, the harder they get, for everybody alike and within the
// bounds. It is safe for concurrent use.
type Work struct {
	sealer
	least, most int
	load        func() float64
}

// NewWork returns an error if a setting is out of bounds.
func NewWork(cfg WorkConfig) (*Work, error) {
	s, err := sealerOf(cfg.Config)
	if err != nil {
		return nil, err
	}
	if cfg.MinBits == 0 {
		cfg.MinBits = DefaultMinBits
	}
	if cfg.MaxBits == 0 {
		cfg.MaxBits = DefaultMaxBits
	}
	if cfg.MinBits < LeastBits || cfg.MaxBits > MostBits || cfg.MinBits > cfg.MaxBits {
		return nil, fmt.Errorf("captcha: %d to %d bits is not within %d to %d", cfg.MinBits, cfg.MaxBits, LeastBits, MostBits)
	}
	if cfg.Busy == 0 {
		cfg.Busy = DefaultBusy
	}
	if cfg.Busy < 0 {
		return nil, fmt.Errorf("captcha: %d challenges a minute are no load", cfg.Busy)
	}
	if cfg.Load == nil {
		cfg.Load = newPace(float64(cfg.Busy), time.Minute, s.now).count
	}
	return &Work{sealer: s, least: cfg.MinBits, most: cfg.MaxBits, load: cfg.Load}, nil
}

// Challenge sets a work as hard as the load asks for. Its salt is its nonce: both have
// to be random, unique and known, and so nobody can begin before it is issued.
func (c *Work) Challenge(ctx context.Context, scope Scope) (Challenge, error) {
	if err := ctx.Err(); err != nil {
		return Challenge{}, err
	}
	s, err := c.fresh(sealedWork)
	if err != nil {
		return Challenge{}, fmt.Errorf("captcha: no randomness: %w", err)
	}
	difficulty := c.bits()
	s.body[0] = byte(difficulty)
	return Challenge{
		Kind: KindPoW, ID: c.seal(scope, s), Expires: s.end(),
		Salt: s.name(), Bits: difficulty, Puzzles: Puzzles,
	}, nil
}

// bits is the difficulty at the load of this moment.
func (c *Work) bits() int {
	load := c.load()
	if math.IsNaN(load) {
		load = 1
	}
	load = max(0, min(1, load))
	return c.least + int(math.Round(load*float64(c.most-c.least)))
}

// Attempt opens id for scope and binds the answer to it. Its difficulty is the one it
// was issued with.
func (c *Work) Attempt(scope Scope, id, answer string) (Attempt, error) {
	s, err := c.open(sealedWork, scope, id)
	if err != nil {
		return Attempt{}, err
	}
	return Attempt{s.name(), s.end(), func(context.Context) error {
		return passes(worked(s.nonce, int(s.body[0]), answer))
	}}, nil
}

// worked verifies an answer with at most Puzzles hashes of one block each.
func worked(salt [nonceLen]byte, difficulty int, answer string) bool {
	var counters [4 * Puzzles]byte
	if len(answer) != hex.EncodedLen(len(counters)) {
		return false
	}
	if _, err := hex.Decode(counters[:], []byte(answer)); err != nil {
		return false
	}
	var block [nonceLen + 8]byte
	copy(block[:], salt[:])
	for i := range Puzzles {
		binary.BigEndian.PutUint32(block[nonceLen:], uint32(i))
		copy(block[nonceLen+4:], counters[4*i:])
		sum := sha256.Sum256(block[:])
		if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) < difficulty {
			return false
		}
	}
	return true
}

//go:embed pow.js
var solver string

// Solver returns the JavaScript, without dependencies, that solves a work in a
// browser's worker; its first lines say how to use it.
func Solver() string { return solver }
