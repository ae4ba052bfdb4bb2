//go:build ignore

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// wide uses registers of eight words (AVX-512).
//
// A word of a block has a number of seven bits, r2 r1 r0 j2 j1 j0 e: r is its
// row in the 8 × 8 matrix of RFC 9106 §3.5, j its column, and e its half of the
// 16-byte cell. The permutation P takes 16 words as rows a, b, c, d of four. In
// a row of the matrix j2 j1 selects among a to d, and j0 e are the place there;
// in a column r2 r1 selects, and r0 e are the place.
//
// A register here holds the eight words that differ in r0, j0 and e only, and
// its number is r2 r1 j2 j1. Rows and columns both find a to d in whole
// registers, two matrices in each, and no word ever moves from one register to
// another. Memory holds blocks in that order, r2 r1 j2 j1 r0 j0 e: XOR works in any
// order, and Implementation.place reorders what goes in and comes out.
type wide struct {
	z        []reg.VecPhysical // the block is in the first 16
	products []reg.VecPhysical
	byOne    reg.VecPhysical // indices that turn a row of P in a column by one
	byThree  reg.VecPhysical
	one      Mem
	three    Mem
}

func newWide() *wide {
	var z []reg.VecPhysical
	for i := range 32 {
		z = append(z, reg.Vector.Lookup(reg.Index(i), reg.S512).(reg.VecPhysical))
	}
	return &wide{
		z: z, products: z[16:20], byOne: z[30], byThree: z[31],
		// Each place r0 e gets the word of r0 e + 1, or + 3. Words are in the order r0 j0 e.
		one:   constant("one", 1, 4, 3, 6, 5, 0, 7, 2),
		three: constant("three", 5, 0, 7, 2, 1, 4, 3, 6),
	}
}

func (*wide) name() string { return "AVX512" }

// begin loads the block before; from then on each block is left in registers.
func (w *wide) begin(l *loop) {
	VMOVDQU64(w.one, w.byOne)
	VMOVDQU64(w.three, w.byThree)
	for i := range 16 {
		VMOVDQU64(words512(l.previous, i), w.z[i])
	}
}

func words512(block reg.Register, i int) Mem { return Mem{Base: block, Disp: 64 * i} }

// fill first stores in the new block the words with which the permuted one is XORed
// later.
func (w *wide) fill(l *loop) {
	for i := range 16 {
		VPXORQ(words512(l.ref, i), w.z[i], w.z[i])
	}
	if l.over {
		CMPQ(parameter("over"), Imm(0))
		JNE(LabelRef("over"))
	}
	for i := range 16 {
		VMOVDQU64(w.z[i], words512(l.current, i))
	}
	if l.over {
		JMP(LabelRef("rows"))
		Label("over")
		for i := range 16 {
			old := w.z[16+i%8]
			VPXORQ(words512(l.current, i), w.z[i], old)
			VMOVDQU64(old, words512(l.current, i))
		}
		Label("rows")
	}
	row := func(i int) quad { return quad{w.z[4*i], w.z[4*i+1], w.z[4*i+2], w.z[4*i+3]} }
	column := func(i int) quad { return quad{w.z[i], w.z[4+i], w.z[8+i], w.z[12+i]} }
	w.permute(turnRow512, row(0), row(1), row(2), row(3))
	w.permute(w.turnColumn, column(0))
	l.word0(w.z[0])
	w.permute(w.turnColumn, column(1), column(2), column(3))
	for i := range 16 {
		VPXORQ(words512(l.current, i), w.z[i], w.z[i])
		VMOVDQU64(w.z[i], words512(l.current, i))
	}
}

// quad is two matrices of P side by side.
type quad struct{ a, b, c, d reg.VecPhysical }

// permute is P, on all quads at once, step by step. P mixes columns and then
// diagonals. For the diagonals a, c and d are turned, and b is not, because the next
// step waits for b.
func (w *wide) permute(turn func(r reg.VecPhysical, by int), quads ...quad) {
	for _, by := range []int{1, 3} { // there, and back again
		w.half(quads)
		for _, q := range quads {
			turn(q.a, 4-by)
		}
		for _, q := range quads {
			turn(q.d, 2)
		}
		for _, q := range quads {
			turn(q.c, by)
		}
	}
}

// turnRow512 turns each row of P, in a row of the matrix, by some words.
func turnRow512(r reg.VecPhysical, by int) { VPERMQ(turns[by], r, r) }

// turns are VPERMQ's selectors that turn four words by 1, 2 and 3.
var turns = []Op{1: Imm(0x39), 2: Imm(0x4e), 3: Imm(0x93)}

func (w *wide) turnColumn(r reg.VecPhysical, by int) {
	switch by {
	case 1:
		VPERMQ(r, w.byOne, r)
	case 2:
		VSHUFI64X2(Imm(0x4e), r, r, r)
	case 3:
		VPERMQ(r, w.byThree, r)
	}
}

// half is GB (§3.6) on all columns of the quads.
func (w *wide) half(quads []quad) {
	for _, rotation := range []struct{ d, b uint64 }{{32, 24}, {16, 63}} {
		var ad, cb []mixing
		for _, q := range quads {
			ad = append(ad, mixing{q.a, q.b, q.d})
			cb = append(cb, mixing{q.c, q.d, q.b})
		}
		w.mix(ad, rotation.d)
		w.mix(cb, rotation.b)
	}
}

// mixing is a quarter of GB: x becomes x + y plus twice the product of their lower
// halves. Then the field to is XORed with x and rotated to the right.
type mixing struct{ x, y, to reg.VecPhysical }

func (w *wide) mix(all []mixing, by uint64) {
	for i, m := range all {
		VPMULUDQ(m.x, m.y, w.products[i])
	}
	for _, m := range all {
		VPADDQ(m.y, m.x, m.x)
	}
	for i := range all {
		VPADDQ(w.products[i], w.products[i], w.products[i])
	}
	for i, m := range all {
		VPADDQ(w.products[i], m.x, m.x)
	}
	for _, m := range all {
		VPXORQ(m.x, m.to, m.to)
	}
	for _, m := range all {
		VPRORQ(Imm(by), m.to, m.to)
	}
}
