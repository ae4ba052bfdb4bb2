package argon2

// Names are the implementations of this package, on any CPU.
var Names = []string{"portable", "avx2", "avx512"}

// Named returns the implementation if this CPU can run it.
func Named(name string) (im *Implementation, ok bool) {
	for _, im := range append(supported(), portable()) {
		if im.name == name {
			return im, true
		}
	}
	return nil, false
}

// Fastest is the name of the implementation that Choose should return.
func Fastest() string {
	if fast := supported(); len(fast) > 0 {
		return fast[0].name
	}
	return reference().name
}

// Full is Key with a secret and associated data, which only the RFC's test vectors
// need.
func (im *Implementation) Full(m *Memory, password, salt, secret, data []byte, p Params, length uint32) []byte {
	return im.key(m, input{password, salt, secret, data}, p, length)
}

// ChooseFrom is Choose with the given candidates.
func ChooseFrom(candidates ...*Implementation) (*Implementation, error) { return choose(candidates) }

// Call is one call of a function that fills blocks.
type Call struct {
	Blocks                    []block
	Listed, Over              bool
	Lanes, First, Count, Lane uint64
}

// Spoilt returns the portable implementation with a function that runs after each span
// that it has filled.
func Spoilt(spoil func(Call)) *Implementation {
	im := portable()
	im.name = "spoilt"
	listed, chased := im.fillListed, im.fillChased
	im.fillListed = func(blocks []block, scratch *block, refs *list, first, previous, count uint64) {
		listed(blocks, scratch, refs, first, previous, count)
		spoil(Call{Blocks: blocks, Listed: true, First: first, Count: count})
	}
	im.fillChased = func(blocks []block, scratch *block, first, previous, count, over, begin, same, other, laneLength,
		lanes, lane uint64) {
		chased(blocks, scratch, first, previous, count, over, begin, same, other, laneLength, lanes, lane)
		spoil(Call{Blocks: blocks, Over: over != 0, First: first, Count: count, Lanes: lanes, Lane: lane})
	}
	return im
}

// Forgetful returns the portable implementation without its use of the old content or
// of the other lanes.
func Forgetful(old, lanes bool) *Implementation {
	im := portable()
	im.name = "forgetful"
	chased := im.fillChased
	im.fillChased = func(blocks []block, scratch *block, first, previous, count, over, begin, same, other, laneLength, n,
		lane uint64) {
		if old {
			over = 0
		}
		if lanes {
			other = same
		}
		chased(blocks, scratch, first, previous, count, over, begin, same, other, laneLength, n, lane)
	}
	return im
}

// Blocks returns the number of blocks of the memory.
func (m *Memory) Blocks() int { return len(m.blocks) }

// Zero reports whether all blocks, and the other data that depends on a password, are
// zero.
func (m *Memory) Zero() bool {
	for _, b := range m.blocks {
		if b != (block{}) {
			return false
		}
	}
	return m.work.scratch == block{}
}

// Within makes the memory use these blocks as long as they are enough.
func (m *Memory) Within(blocks [][128]uint64) { m.blocks = blocks }
