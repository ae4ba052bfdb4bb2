//go:build ignore

// Command asm_gen writes fill_amd64.s, the functions that fill blocks with AVX2 and
// with AVX-512, and fill_amd64.go, their declarations; `make asm` runs it. It is the
// source of the assembly: there the same few steps are repeated a hundred times on
// changing registers, and here they are written once.
//
// This file has the loops over blocks and the search for reference blocks.
// asm_avx512_gen.go and asm_avx2_gen.go fill one block, each for one width of registers.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	blockShift = 10 // a block has 1 << 10 bytes
	cacheLine  = 64
	ahead      = 2 // as in segment.go

	common = "blocks [][128]uint64, scratch *[128]uint64, "
)

// vectors has the parts that differ between the widths of registers.
type vectors interface {
	name() string
	// begin is put before the loop. fill is put in the loop and fills l.current.
	begin(l *loop)
	fill(l *loop)
}

func main() {
	ConstraintExpr("!purego")
	for _, v := range []vectors{newWide(), newNarrow()} {
		listed(v)
		chased(v)
	}
	Generate()
}

// loop is what the two sides of a function, loop and block, share.
type loop struct {
	blocks            reg.Register // the first of all blocks
	previous, current reg.Register // the block before, and the one being filled
	ref               reg.Register // its reference block
	scratch           reg.Register // a block for intermediate results
	left              reg.Register // how many blocks are still to be filled
	over              bool         // whether the function has a parameter over

	// word0 is called as soon as the low part of register r has the first word of the new
	// block, which still lacks its last XOR.
	word0 func(r reg.VecPhysical)
}

// listed writes the function for reference blocks that are listed. Those are fetched
// two blocks before their use: one is 3 % slower, four are no faster.
func listed(v vectors) {
	TEXT("fillListed"+v.name(), attr.NOSPLIT, "func("+common+"refs *[130]uint32, first, previous, count uint64)")
	Pragma("noescape")
	Doc("fillListed" + v.name() + " is Implementation.fillListed.")
	l := start()
	l.word0 = func(reg.VecPhysical) {}
	refs, next := Load(Param("refs"), GP64()), GP64()
	v.begin(l)
	Label("block")
	MOVL(Mem{Base: refs}, l.ref.(reg.GPVirtual).As32())
	number(l.blocks, l.ref)
	MOVL(Mem{Base: refs, Disp: 4 * ahead}, next.As32())
	number(l.blocks, next)
	prefetch(next)
	ADDQ(Imm(4), refs)
	v.fill(l)
	end(l)
}

// chased writes the function for reference blocks that are named by the block before.
// The next one is found in the middle of a block, as soon as the first word is known;
// without that a hash takes 10 to 20 % longer.
func chased(v vectors) {
	TEXT("fillChased"+v.name(), attr.NOSPLIT,
		"func("+common+"first, previous, count, over, begin, same, other, laneLength, lanes, lane uint64)")
	Pragma("noescape")
	Doc("fillChased" + v.name() + " is Implementation.fillChased.")
	l := start()
	l.over = true
	same, word := Load(Param("same"), GP64()), GP64()
	v.begin(l)
	MOVQ(Mem{Base: l.previous}, word)
	search(l, "first", word, same)
	l.word0 = func(r reg.VecPhysical) {
		INCQ(same)
		VMOVQ(r.AsX(), word)
		XORQ(Mem{Base: l.current}, word)
		search(l, "next", word, same)
		prefetch(l.ref) // after the last block: for the first of the next span
	}
	Label("block")
	v.fill(l)
	end(l)
}

// start loads the parameters that both functions have.
func start() *loop {
	l := &loop{
		blocks:   Load(Param("blocks").Base(), GP64()),
		current:  Load(Param("first"), GP64()),
		previous: Load(Param("previous"), GP64()),
		left:     Load(Param("count"), GP64()),
		scratch:  Load(Param("scratch"), GP64()),
		ref:      GP64(),
	}
	number(l.blocks, l.current)
	number(l.blocks, l.previous)
	return l
}

// end goes on to the next block or returns.
func end(l *loop) {
	MOVQ(l.current, l.previous)
	ADDQ(U32(1<<blockShift), l.current)
	DECQ(l.left)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// number turns the number of a block into its address.
func number(blocks, n reg.Register) {
	SHLQ(Imm(blockShift), n)
	ADDQ(blocks, n)
}

func prefetch(address reg.Register) {
	for line := 0; line < 1<<blockShift; line += cacheLine {
		PREFETCHT0(Mem{Base: address, Disp: line})
	}
}

// search sets l.ref to the reference block that word names (RFC 9106 §3.4.2), by
// area.pick's formula. It branches on the number of lanes only.
func search(l *loop, label string, word reg.GPVirtual, same reg.Register) {
	size, x := GP64(), GP64()
	MOVQ(same, size)
	XORL(reg.EDX, reg.EDX) // the first block of the lane: 0 in the only one
	CMPQ(parameter("lanes"), Imm(1))
	JE(LabelRef(label))
	MOVQ(word, reg.RAX)
	SHRQ(Imm(32), reg.RAX)
	MOVQ(parameter("lanes"), x)
	DIVL(x.As32())
	CMPQ(reg.RDX, parameter("lane"))
	CMOVQNE(parameter("other"), size)
	IMULQ(parameter("laneLength"), reg.RDX)
	Label(label)
	MOVL(word.As32(), x.As32())
	IMULQ(x, x)
	SHRQ(Imm(32), x)
	IMULQ(size, x)
	SHRQ(Imm(32), x)
	// (begin + size - 1 - x) modulo laneLength. The sum is less than twice laneLength.
	ADDQ(parameter("begin"), size)
	DECQ(size)
	SUBQ(x, size)
	MOVQ(size, x)
	SUBQ(parameter("laneLength"), x)
	CMOVQCC(x, size)
	ADDQ(reg.RDX, size)
	number(l.blocks, size)
	MOVQ(size, l.ref)
}

// parameter returns the operand of a parameter, which stays on the stack, because
// there are few registers.
func parameter(name string) Op {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// constant puts words into read-only data.
func constant(name string, words ...uint64) Mem {
	data := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i, word := range words {
		DATA(8*i, U64(word))
	}
	return data
}
