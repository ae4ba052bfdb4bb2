package argon2

import (
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/blake2b"
)

const (
	version  = 0x13
	argon2id = 2 // y, the type
	hashSize = blake2b.Size
)

// seedOf returns H0 (RFC 9106 §3.2, step 1), with room behind it for the two
// numbers that step 3 appends.
func seedOf(in input, p Params, length uint32) (seed [hashSize + 8]byte) {
	h := newHash(hashSize)
	for _, n := range [...]uint32{uint32(p.Lanes), length, p.Memory, p.Passes, version, argon2id} {
		h.number(n)
	}
	for _, part := range [...][]byte{in.password, in.salt, in.secret, in.data} {
		h.number(uint32(len(part)))
		h.Write(part)
	}
	h.Sum(seed[:0])
	return seed
}

// stretch computes H'(from) of §3.3 and stores it in out, whose length is the length of the
// result: BLAKE2b for up to 64 bytes. A longer result is a chain of hashes, of which all but
// the last give their first half.
func stretch(out, from []byte) {
	h := newHash(min(len(out), hashSize))
	h.number(uint32(len(out)))
	h.Write(from)
	if len(out) <= hashSize {
		h.Sum(out[:0])
		return
	}
	var link [hashSize]byte
	h.Sum(link[:0])
	for copy(out, link[:hashSize/2]); len(out)-hashSize/2 > hashSize; copy(out, link[:hashSize/2]) {
		out = out[hashSize/2:]
		link = blake2b.Sum512(link[:])
	}
	out = out[hashSize/2:]
	h = newHash(len(out))
	h.Write(link[:])
	h.Sum(out[:0])
}

// digest is BLAKE2b with a buffer for numbers, so that they are not allocated.
type digest struct {
	hash.Hash
	word [4]byte
}

// newHash returns BLAKE2b with an output of size bytes.
func newHash(size int) *digest {
	h, err := blake2b.New(size, nil)
	if err != nil {
		panic(err) // impossible: the size is 1 to 64 and there is no key
	}
	return &digest{Hash: h}
}

// number hashes a number as LE32 does.
func (d *digest) number(n uint32) {
	binary.LittleEndian.PutUint32(d.word[:], n)
	d.Write(d.word[:])
}
