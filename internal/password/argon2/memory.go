package argon2

import "slices"

// Memory holds the blocks of one hash at a time. It grows to the size that a hash
// needs, is kept for the next one, and is zeroed after each. It is not safe for
// concurrent use. The zero value never shrinks.
type Memory struct {
	keep   uint64  // blocks to keep between hashes; 0 means no bound
	blocks []block // all that there are
	used   uint64  // how many of them the current hash uses
	region *region // where they are; nil if on Go's heap
	work   work
}

// NewMemory returns a Memory that keeps the size that a hash of the given cost needs.
// After a larger hash all blocks are released to the system. It is empty until the
// first hash.
func NewMemory(keep Params) *Memory {
	s := newShape(keep)
	return &Memory{keep: s.lanes * s.laneLength}
}

// hugePage is the size of the pages that are requested for a Memory. Argon2 reads its
// memory in random order, and 19 MiB in pages of 4 KiB are more pages than the TLB of a
// CPU holds. 2 MiB is the size of amd64 and of arm64 with 4 KiB pages; elsewhere it
// only aligns.
const hugePage = 2 << 20

// KeptBytes returns how much memory a [Memory] for hashes of this cost keeps between
// them, at the most: the blocks, rounded up to whole huge pages.
func KeptBytes(keep Params) int64 {
	s := newShape(keep)
	return (int64(s.lanes*s.laneLength)*blockBytes + hugePage - 1) &^ (hugePage - 1)
}

// take returns n blocks. They need not be zero: the first pass writes each block
// before it is read.
func (m *Memory) take(n uint64) []block {
	if uint64(len(m.blocks)) < n {
		m.release() // first, so that the old and the new blocks do not exist together
		if m.region = newRegion(n); m.region != nil {
			m.blocks = m.region.blocks
		} else {
			m.blocks = make([]block, n)
		}
	}
	m.used = n
	return m.blocks[:n]
}

// giveBack wipes the blocks that take returned. With the blocks of a hash a reader of
// the memory could try passwords at no cost if there was one pass, and at a fraction of
// the cost if there were more.
func (m *Memory) giveBack() {
	for part := range slices.Chunk(m.blocks[:m.used], span) {
		// In parts, because the runtime cannot interrupt a clear.
		clear(part) // check: argon2-wiped
	}
	clear(m.work.scratch[:])
	if m.keep > 0 && m.used > m.keep { // check: argon2-large-freed
		m.release()
	}
}

// release gives the blocks back to the system, or to Go's heap.
func (m *Memory) release() {
	if m.region != nil {
		m.region.release()
	}
	m.region, m.blocks = nil, nil
}
