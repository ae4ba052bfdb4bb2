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
)

// Bounds and defaults of a puzzle's difficulty, in zero bits. One bit more doubles the
// work, which is Puzzles times 2^bits hashes on average. pow.js in V8 does 3 to 4
// million a second on one core of a server (BenchmarkSolver). A phone does fewer, and
// a graphics card more by orders of magnitude. The highest difficulty takes seconds, so
// it is used only for networks that leave challenges unsolved and while the budgets of
// sending run out.
const (
	LeastBits      = 8
	MostBits       = 20
	DefaultMinBits = 15       // half a million hashes
	DefaultMaxBits = MostBits // 16.8 million
)

// Puzzles is the number of puzzles of a challenge. The time to solve one is distributed
// exponentially, with a standard deviation equal to its mean: one person in a hundred
// would wait 4.6 times the mean. With 16, the standard deviation is a quarter of the
// mean, and verification still takes 16 hashes only. Friendly Captcha uses several
// puzzles for the same reason. ALTCHA's server picks the solution from a range, which
// bounds the time without making it even. Hashcash has one puzzle, for mail programs
// that send in the background.
const Puzzles = 16

// WorkConfig configures [NewWork].
type WorkConfig struct {
	Config
	// MinBits is the difficulty without load and MaxBits the one at full load, each
	// from LeastBits to MostBits, and DefaultMinBits and DefaultMaxBits if zero.
	MinBits, MaxBits int
}

// Work issues challenges of KindPoW: a proof of work that a browser computes while the
// person fills in the form. The difficulty depends on Scope.Load alone: Work counts no
// challenges. It is safe for concurrent use.
type Work struct {
	sealer
	least, most int
}

// NewWork returns an error if a setting is out of bounds.
func NewWork(cfg WorkConfig) (*Work, error) {
	s, err := newSealer(cfg.Config)
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
		return nil, fmt.Errorf("captcha: %d to %d bits is not within %d to %d",
			cfg.MinBits, cfg.MaxBits, LeastBits, MostBits)
	}
	return &Work{sealer: s, least: cfg.MinBits, most: cfg.MaxBits}, nil
}

// Kind returns KindPoW.
func (c *Work) Kind() Kind { return KindPoW }

// Challenge returns a proof of work with the difficulty of the scope's load. Its salt is
// the nonce, which is random, so that the work cannot begin before the challenge is issued.
func (c *Work) Challenge(ctx context.Context, scope Scope) (Challenge, error) {
	if err := ctx.Err(); err != nil {
		return Challenge{}, err
	}
	s, err := c.newSealed(sealedWork)
	if err != nil {
		return Challenge{}, fmt.Errorf("captcha: no randomness: %w", err)
	}
	difficulty := c.bits(scope.Load)
	s.body[0] = byte(difficulty)
	return Challenge{
		Kind: KindPoW, ID: c.seal(scope, s), Expires: s.end(),
		Salt: s.name(), Bits: difficulty, Puzzles: Puzzles,
	}, nil
}

// bits returns the difficulty at a load.
func (c *Work) bits(load float64) int {
	if math.IsNaN(load) {
		load = 1
	}
	load = max(0, min(1, load))
	return c.least + int(math.Round(load*float64(c.most-c.least)))
}

// Attempt opens the id, whose difficulty is the one at the time of issue. See
// [Provider].
func (c *Work) Attempt(scope Scope, id, answer string) (Attempt, error) {
	s, err := c.open(sealedWork, scope, id)
	if err != nil {
		return Attempt{}, err
	}
	return Attempt{s.name(), s.end(), func(context.Context) error {
		return passes(solved(s.nonce, int(s.body[0]), answer))
	}}, nil
}

// solved reports whether an answer solves all puzzles. It computes at most Puzzles
// hashes of one block each.
func solved(salt [nonceLen]byte, difficulty int, answer string) bool {
	// The length is checked first, so that a long answer is not decoded.
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
		binary.BigEndian.PutUint32(block[nonceLen:], uint32(i)) // check: work-puzzles
		copy(block[nonceLen+4:], counters[4*i:])
		sum := sha256.Sum256(block[:])
		if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) < difficulty { // check: work-difficulty
			return false
		}
	}
	return true
}

//go:embed pow.js
var solver string

// Solver returns JavaScript that solves the challenge in a browser's worker. It has no
// dependencies, and its first lines describe its use.
func Solver() string { return solver }
