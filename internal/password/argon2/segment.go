package argon2

// block is 1 KiB of the memory, in an order of words that is the implementation's own.
// It is an alias, because the generated declarations cannot name a type of this
// package.
type block = [blockWords]uint64

const (
	blockWords = 128
	blockBytes = 8 * blockWords
	syncPoints = 4 // slices of a lane; SL in the RFC

	// span is how many blocks are filled in one call, and how many places of
	// reference blocks one block lists. The runtime cannot interrupt assembly: 128
	// blocks keep a garbage collection waiting for some 20 µs.
	span = 128
	// ahead is how many blocks before its use the assembly fetches a listed block. So
	// it reads that many numbers beyond the end of a list.
	ahead = 2
)

// list names the reference blocks of a span by number.
type list = [span + ahead]uint32

// work is what a hash needs besides its blocks.
type work struct {
	scratch   block // secret
	addresses [4]block
	refs      list
}

// shape is the cost of a hash in blocks. Lengths of 64 bits spare conversions.
type shape struct {
	passes, lanes, laneLength, segment uint64
}

// newShape rounds the memory down to whole segments (RFC 9106 §3.2, step 2).
func newShape(p Params) shape {
	segment := uint64(p.Memory) / (syncPoints * uint64(p.Lanes))
	return shape{uint64(p.Passes), uint64(p.Lanes), syncPoints * segment, segment}
}

// segment says which segment is being filled.
type segment struct{ pass, slice, lane uint64 }

// listed reports whether reference blocks are listed. Otherwise they depend on the
// password.
func (g segment) listed() bool { return g.pass == 0 && g.slice < syncPoints/2 }

// area is where a reference block may be (§3.4.1.2 and §3.4.2), counted in blocks: it
// starts at begin, and has `same` blocks in the own lane and `other` blocks in another one.
type area struct{ begin, same, other uint64 }

// area returns the area of the block with the given number in the segment.
func (g segment) area(s shape, index uint64) area {
	a := area{begin: 0, other: g.slice * s.segment}
	if g.pass > 0 {
		a = area{begin: (g.slice + 1) % syncPoints * s.segment, other: s.laneLength - s.segment}
	}
	a.same = a.other + index - 1 // all but the block before
	if index == 0 {
		a.other-- // RFC 9106 excludes the last block of another lane for the first of a segment
	}
	return a
}

// pick returns the number, in its lane, of the block that word (J2‖J1 of the RFC)
// selects from an area of the given size.
func (a area) pick(word, size, laneLength uint64) uint64 {
	x := word & 0xffff_ffff
	x = x * x >> 32
	x = x * size >> 32
	return (a.begin + size - 1 - x) % laneLength
}

// fillSegment fills the blocks of a segment, a span at a time.
func (im *Implementation) fillSegment(blocks []block, w *work, s shape, g segment) {
	base := g.lane*s.laneLength + g.slice*s.segment
	index := uint64(0)
	if g.pass == 0 && g.slice == 0 {
		index = 2 // from start
	}
	for index < s.segment {
		end := min((index/span+1)*span, s.segment)
		previous := base + index - 1
		if index == 0 && g.slice == 0 {
			previous = base + s.laneLength - 1
		}
		switch {
		case g.listed():
			im.list(w, s, g, index, end)
			im.fillListed(blocks, &w.scratch, &w.refs, base+index, previous, end-index)
		default:
			if index == 0 && s.lanes > 1 {
				end = 1 // the area in other lanes is one larger from the next block on
			}
			a := g.area(s, index)
			im.fillChased(blocks, &w.scratch, base+index, previous, end-index, min(g.pass, 1),
				a.begin, a.same, a.other, s.laneLength, s.lanes, g.lane)
		}
		index = end
	}
}

// list sets w.refs to the reference blocks of the blocks from index to end, which are
// in one span (§3.4.1.2).
func (im *Implementation) list(w *work, s shape, g segment, index, end uint64) {
	const zero, question, half, answer = 0, 1, 2, 3
	for i, v := range [...]uint64{g.pass, g.lane, g.slice, s.lanes * s.laneLength, s.passes, argon2id, index/span + 1} {
		w.addresses[question][im.place(i)] = v
	}
	w.refs[0] = question
	im.fillListed(w.addresses[:], &w.scratch, &w.refs, half, zero, 1)
	w.refs[0] = half
	im.fillListed(w.addresses[:], &w.scratch, &w.refs, answer, zero, 1)
	for i := index; i < end; i++ {
		word := w.addresses[answer][im.place(int(i%span))]
		a := g.area(s, i)
		lane, size := word>>32%s.lanes, a.other
		if g.slice == 0 {
			lane = g.lane // other lanes have no blocks yet
		}
		if lane == g.lane {
			size = a.same
		}
		w.refs[i-index] = uint32(lane*s.laneLength + a.pick(word, size, s.laneLength))
	}
}
