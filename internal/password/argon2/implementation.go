package argon2

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// Implementation is one way to compute argon2id. It holds no state and is safe
// for concurrent use, each call with a [Memory] of its own.
type Implementation struct {
	name string

	// place returns the index at which this implementation keeps a word of a block, given the word's number in the RFC.
	// Implementations may have the words in different orders, but word 0 always has index 0.
	place func(word int) int

	// fillListed fills count blocks, numbered from first on, in the first pass. The
	// block before the first one and the reference blocks are given by number.
	fillListed func(blocks []block, scratch *block, refs *list, first, previous, count uint64)

	// fillChased does the same if the content of each block names the reference block
	// of the next. begin, same and other are the area of the first block (see area);
	// same grows by one with each block. If over is not 0, the old content is XORed to
	// the new. laneLength, lanes and lane are those of the hash and of the segment.
	fillChased func(
		blocks []block, scratch *block, first, previous, count, over, begin, same, other, laneLength, lanes, lane uint64,
	)

	// whole, if set, computes a hash in place of the three above.
	whole func(in input, p Params, length uint32) []byte
}

// Name is "avx512", "avx2", "portable" or "x/crypto".
func (im *Implementation) Name() string { return im.name }

// Choose returns the fastest implementation that agrees with x/crypto on a few hashes.
// It takes about 5 ms. If a faster one does not agree, Choose also returns an error,
// which the operator should see: hashes are right, but this build or this CPU is not.
func Choose() (*Implementation, error) { return choose(supported()) }

// choose returns the first candidate that passes check, or else x/crypto.
func choose(candidates []*Implementation) (*Implementation, error) {
	var wrong []error
	for _, im := range candidates {
		err := im.check()
		if err == nil {
			return im, errors.Join(wrong...)
		}
		wrong = append(wrong, err)
	}
	return reference(), errors.Join(wrong...)
}

// reference is x/crypto's implementation. It allocates memory for each hash and
// supports neither a secret nor associated data. On amd64 without AVX2 it is faster
// than portable, because it has assembly with SSE4.1.
func reference() *Implementation {
	return &Implementation{
		name: "x/crypto",
		whole: func(in input, p Params, length uint32) []byte {
			if in.secret != nil || in.data != nil {
				panic("argon2: x/crypto takes neither a secret nor associated data")
			}
			return argon2.IDKey(in.password, in.salt, p.Passes, p.Memory, p.Lanes, length)
		},
	}
}

// check compares hashes with those of x/crypto. They have segments of more than one
// span and of less, in the first pass and over old content, with one lane and with
// several.
func (im *Implementation) check() error {
	password, salt := []byte("correct horse battery staple"), []byte("0123456789abcdef")
	var m Memory
	defer m.release()
	for _, p := range []Params{{Memory: 1100, Passes: 2, Lanes: 1}, {Memory: 1800, Passes: 2, Lanes: 3},
		{Memory: 8, Passes: 1, Lanes: 1}} {
		want := reference().Key(nil, password, salt, p, 32)
		if got := im.Key(&m, password, salt, p, 32); !bytes.Equal(got, want) { // check: argon2-verified
			return fmt.Errorf("argon2: %s differs from x/crypto at m=%d,t=%d,p=%d", im.name, p.Memory, p.Passes, p.Lanes)
		}
	}
	return nil
}
