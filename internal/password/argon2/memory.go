package argon2

import "slices"

// Memory is where one hash at a time is computed. It grows to what a hash needs,
// is kept from one to the next, and is zero between them. It is not safe
// for concurrent use. The zero value keeps whatever it has grown to.
type Memory struct {
	keep   uint64  // blocks to keep between hashes; 0 is no bound
	blocks []block // all that there are
	used   uint64  // how many of them the present hash uses
	region *region // where they are; nil if on Go's heap
	work   work
}

// NewMemory returns memory that keeps what a hash of the given cost needs and
// gives back to the system at once what a larger one has taken.
// Nothing is taken before the first hash.
func NewMemory(keep Params) *Memory {
	s := newShape(keep)
	return &Memory{keep: s.lanes * s.laneLength}
}

// hugePage is the size of the pages that are requested for a Memory. Argon2 reads its
// memory in random order, and 19 MiB in pages of 4 KiB are more pages than a CPU keeps
// addresses of (its TLB). 2 MiB is the size of amd64 and of arm64 with 4 KiB pages;
// elsewhere it only aligns.
const hugePage = 2 << 20

// KeptBytes returns how much memory a [Memory] for hashes of this cost keeps between
// them, at the most: the blocks, rounded up to whole huge pages.
func KeptBytes(keep Params) int64 {
	s := newShape(keep)
	return (int64(s.lanes*s.laneLength)*blockBytes + hugePage - 1) &^ (hugePage - 1)
}

// take returns n blocks. They are zero, not that it matters: each block of the
// first pass is written before it is read.
func (m *Memory) take(n uint64) []block {
	if uint64(len(m.blocks)) < n {
		m.release() // first, so that both are never there at once
		if m.region = newRegion(n); m.region != nil {
			m.blocks = m.region.blocks
		} else {
			m.blocks = make([]block, n)
		}
	}
	m.used = n
	return m.blocks[:n]
}

// giveBack wipes what was taken. After a hash of one pass, its first blocks would
// let a reader of the memory try passwords at no cost, and after more passes
// at a fraction of it.
func (m *Memory) giveBack() {
	for part := range slices.Chunk(m.blocks[:m.used], span) {
		clear(part) // bit by bit: the runtime cannot interrupt it
	}
	clear(m.work.scratch[:])
	if m.keep > 0 && m.used > m.keep {
		m.release()
	}
}

func (m *Memory) release() {
	if m.region != nil {
		m.region.release()
	}
	m.region, m.blocks = nil, nil
}
