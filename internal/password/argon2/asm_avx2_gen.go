//go:build ignore

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// narrow uses registers of four words (AVX2). They are too few for a block, so rows are
// permuted two at a time and stored in scratch, then columns.
//
// With wide's names for the bits of a word's number, a register holds the words
// that differ in j0 and e only, and its number is r2 r1 r0 j2 j1, the order of
// the RFC. In a row of the matrix each of a to d is one register; in a column
// each is spread over two, which differ in r0 and serve two columns.
type narrow struct {
	y        []reg.VecPhysical
	rot24    reg.VecPhysical
	rot16    reg.VecPhysical
	rotate24 Mem
	rotate16 Mem
}

func newNarrow() *narrow {
	var y []reg.VecPhysical
	for i := range 16 {
		y = append(y, reg.Vector.Lookup(reg.Index(i), reg.S256).(reg.VecPhysical))
	}
	return &narrow{
		y: y, rot24: y[14], rot16: y[15],
		// VPSHUFB's selectors that rotate a word to the right by three and two bytes.
		rotate24: constant("rotate24", 0x0201000706050403, 0x0a09080f0e0d0c0b, 0x0201000706050403, 0x0a09080f0e0d0c0b),
		rotate16: constant("rotate16", 0x0100070605040302, 0x09080f0e0d0c0b0a, 0x0100070605040302, 0x09080f0e0d0c0b0a),
	}
}

func (*narrow) name() string { return "AVX2" }

func (n *narrow) begin(*loop) {
	VMOVDQU(n.rotate24, n.rot24)
	VMOVDQU(n.rotate16, n.rot16)
}

func words256(block reg.Register, i int) Mem { return Mem{Base: block, Disp: 32 * i} }

func (n *narrow) fill(l *loop) {
	if l.over {
		CMPQ(parameter("over"), Imm(0))
		JNE(LabelRef("over"))
	}
	n.rows(l, false)
	if l.over {
		JMP(LabelRef("columns"))
		Label("over")
		n.rows(l, true)
		Label("columns")
	}
	for i := range 4 {
		p := n.newPairs()
		p.each(func(place int, r reg.VecPhysical) { VMOVDQU(words256(l.scratch, 4*place+i), r) })
		p.permute(p.turnColumns)
		if i == 0 {
			l.word0(p.a[0])
		}
		p.each(func(place int, r reg.VecPhysical) {
			VPXOR(words256(l.current, 4*place+i), r, r)
			VMOVDQU(r, words256(l.current, 4*place+i))
		})
	}
}

// rows permutes the rows into scratch. It leaves in the new block the words with which
// the permuted one is XORed later.
func (n *narrow) rows(l *loop, over bool) {
	for i := range 4 {
		p := n.newPairs()
		word := func(place int) int { return 8*i + 4*(place%2) + place/2 }
		p.each(func(place int, r reg.VecPhysical) {
			VMOVDQU(words256(l.previous, word(place)), r)
			VPXOR(words256(l.ref, word(place)), r, r)
			if over {
				old := p.spare[place%2]
				VPXOR(words256(l.current, word(place)), r, old)
				VMOVDQU(old, words256(l.current, word(place)))
			} else {
				VMOVDQU(r, words256(l.current, word(place)))
			}
		})
		p.permute(p.turnRows)
		p.each(func(place int, r reg.VecPhysical) { VMOVDQU(r, words256(l.scratch, word(place))) })
	}
}

// pair holds a row of P for two matrices. In a row of the block's matrix each register
// has one of the two; in a column each register has half of both.
type pair [2]reg.VecPhysical

// pairs is two matrices of P side by side. A turn may exchange the fields in place of the contents of registers, so a
// field does not always name the same register.
type pairs struct {
	*narrow
	a, b, c, d, spare pair
}

func (n *narrow) newPairs() *pairs {
	return &pairs{n, pair(n.y[0:]), pair(n.y[2:]), pair(n.y[4:]), pair(n.y[6:]), pair(n.y[8:])}
}

// each visits the registers, first and second of a, of b and so on.
func (p *pairs) each(visit func(place int, r reg.VecPhysical)) {
	for i, row := range []pair{p.a, p.b, p.c, p.d} {
		visit(2*i, row[0])
		visit(2*i+1, row[1])
	}
}

// permute is P, as in wide.permute.
func (p *pairs) permute(turn func(by int)) {
	for _, by := range []int{1, 3} { // there, and back again
		p.half()
		turn(by)
	}
}

func (p *pairs) turnRows(by int) {
	for _, r := range p.a {
		VPERMQ(turns[4-by], r, r)
	}
	for _, r := range p.d {
		VPERMQ(turns[2], r, r)
	}
	for _, r := range p.c {
		VPERMQ(turns[by], r, r)
	}
}

// turnColumns turns a, c and d. For a turn by two it only exchanges the registers of a pair. A turn by three is a turn
// by two and a turn by one.
func (p *pairs) turnColumns(by int) {
	p.turnByOne(&p.a)
	p.turnByOne(&p.c)
	three := &p.a
	if by == 3 {
		three = &p.c
	}
	three[0], three[1] = three[1], three[0]
	p.d[0], p.d[1] = p.d[1], p.d[0]
}

func (p *pairs) turnByOne(row *pair) {
	low, high, free := row[0], row[1], p.spare[0]
	VPALIGNR(Imm(8), low, high, free)
	VPALIGNR(Imm(8), high, low, low)
	row[0], row[1], p.spare[0] = free, low, high
}

// half is GB (§3.6) on all columns of the pairs.
func (p *pairs) half() {
	p.mix(p.a, p.b, p.d, 32)
	p.mix(p.c, p.d, p.b, 24)
	p.mix(p.a, p.b, p.d, 16)
	p.mix(p.c, p.d, p.b, 63)
}

// mix is a quarter of GB, as in wide.mix.
func (p *pairs) mix(x, y, to pair, by int) {
	for i := range x {
		VPMULUDQ(x[i], y[i], p.spare[i])
	}
	for i := range x {
		VPADDQ(y[i], x[i], x[i])
	}
	for i := range x {
		VPADDQ(p.spare[i], p.spare[i], p.spare[i])
	}
	for i := range x {
		VPADDQ(p.spare[i], x[i], x[i])
	}
	for i := range x {
		VPXOR(x[i], to[i], to[i])
	}
	for i := range x {
		p.rotate(to[i], p.spare[i], by)
	}
}

func (p *pairs) rotate(r, spare reg.VecPhysical, by int) {
	switch by {
	case 32:
		VPSHUFD(Imm(0xb1), r, r)
	case 24:
		VPSHUFB(p.rot24, r, r)
	case 16:
		VPSHUFB(p.rot16, r, r)
	case 63:
		VPADDQ(r, r, spare)
		VPSRLQ(Imm(63), r, r)
		VPXOR(spare, r, r)
	}
}
