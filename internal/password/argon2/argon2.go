package argon2

import (
	"encoding/binary"
	"fmt"
)

// Params is the cost of a hash. No field may be 0.
type Params struct {
	Memory uint32 // KiB, at least 8 for each lane; rounded down to a multiple of 4 × Lanes
	Passes uint32 // over the memory
	Lanes  uint8  // independent parts of the memory
}

// input has the inputs of a hash: P, S, K and X in RFC 9106 §3.1.
type input struct {
	password, salt, secret, data []byte
}

// Key returns the argon2id hash of a password, length bytes long. It is computed in m,
// which no other call may use at the same time. m is wiped before Key returns. Key
// panics if a field of p or length is 0, or if p.Memory is less than 8 × p.Lanes: RFC
// 9106 §3.1 defines no result for these.
func (im *Implementation) Key(m *Memory, password, salt []byte, p Params, length uint32) []byte {
	return im.key(m, input{password: password, salt: salt}, p, length)
}

// key is Key with all four inputs of the RFC.
func (im *Implementation) key(m *Memory, in input, p Params, length uint32) []byte {
	if p.Passes == 0 || p.Lanes == 0 || length == 0 || p.Memory < 8*uint32(p.Lanes) {
		panic(fmt.Sprintf("argon2: there is no hash of %d bytes with m=%d,t=%d,p=%d", length, p.Memory, p.Passes, p.Lanes))
	}
	if im.whole != nil {
		return im.whole(in, p, length)
	}
	s := newShape(p)
	blocks := m.take(s.lanes * s.laneLength)
	im.start(blocks, s, in, p, length)
	for pass := range s.passes {
		for slice := range uint64(syncPoints) {
			for lane := range s.lanes {
				im.fillSegment(blocks, &m.work, s, segment{pass, slice, lane})
			}
		}
	}
	key := im.finish(blocks, s, length)
	m.giveBack()
	return key
}

// start fills the first two blocks of each lane (RFC 9106 §3.2, steps 3 and 4).
func (im *Implementation) start(blocks []block, s shape, in input, p Params, length uint32) {
	var words [blockBytes]byte
	seed := seedOf(in, p, length)
	for lane := range s.lanes {
		for i := range uint64(2) {
			binary.LittleEndian.PutUint32(seed[hashSize:], uint32(i))
			binary.LittleEndian.PutUint32(seed[hashSize+4:], uint32(lane))
			stretch(words[:], seed[:])
			for w := range blockWords {
				blocks[lane*s.laneLength+i][im.place(w)] = binary.LittleEndian.Uint64(words[8*w:])
			}
		}
	}
	clear(seed[:])
	clear(words[:])
}

// finish computes the result from the last block of each lane (§3.2, steps 7 and 8).
func (im *Implementation) finish(blocks []block, s shape, length uint32) []byte {
	last := blocks[s.laneLength-1]
	for lane := uint64(1); lane < s.lanes; lane++ {
		for w, v := range blocks[(lane+1)*s.laneLength-1] {
			last[w] ^= v
		}
	}
	var words [blockBytes]byte
	for w := range blockWords {
		binary.LittleEndian.PutUint64(words[8*w:], last[im.place(w)])
	}
	key := make([]byte, length)
	stretch(key, words[:])
	clear(last[:])
	clear(words[:])
	return key
}
