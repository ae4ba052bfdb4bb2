package argon2

import "math/bits"

// portable is the implementation in Go. Read it first: the assembly computes the same
// in another order.
func portable() *Implementation {
	return &Implementation{
		name:       "portable",
		place:      func(word int) int { return word },
		fillListed: fillListedPortable,
		fillChased: fillChasedPortable,
	}
}

// fillListedPortable is Implementation.fillListed.
func fillListedPortable(blocks []block, _ *block, refs *list, first, previous, count uint64) {
	for i := range count {
		compress(&blocks[first+i], &blocks[previous], &blocks[refs[i]], 0)
		previous = first + i
	}
}

// fillChasedPortable is Implementation.fillChased.
func fillChasedPortable(
	blocks []block, _ *block, first, previous, count, over, begin, same, other, laneLength, lanes, lane uint64,
) {
	a := area{begin: begin}
	for i := range count {
		word := blocks[previous][0]
		in, size := word>>32%lanes, other
		if in == lane {
			size = same + i
		}
		compress(&blocks[first+i], &blocks[previous], &blocks[in*laneLength+a.pick(word, size, laneLength)], over)
		previous = first + i
	}
}

// compress sets a block to G of two others (RFC 9106 §3.5). If over is not 0, it XORs
// the old content to the result, as in all passes but the first.
func compress(to, previous, ref *block, over uint64) {
	var r, z block
	for i := range r {
		r[i] = previous[i] ^ ref[i]
	}
	z = r
	for i := 0; i < blockWords; i += 16 { // rows
		permute(&z[i], &z[i+1], &z[i+2], &z[i+3], &z[i+4], &z[i+5], &z[i+6], &z[i+7],
			&z[i+8], &z[i+9], &z[i+10], &z[i+11], &z[i+12], &z[i+13], &z[i+14], &z[i+15])
	}
	for i := 0; i < 16; i += 2 { // columns
		permute(&z[i], &z[i+1], &z[16+i], &z[17+i], &z[32+i], &z[33+i], &z[48+i], &z[49+i],
			&z[64+i], &z[65+i], &z[80+i], &z[81+i], &z[96+i], &z[97+i], &z[112+i], &z[113+i])
	}
	if over != 0 {
		for i := range r {
			r[i] ^= to[i]
		}
	}
	for i := range r {
		to[i] = r[i] ^ z[i]
	}
}

// permute is P (§3.6). It takes pointers and works on local variables, which the
// compiler then keeps in registers.
func permute(p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15 *uint64) {
	v0, v4, v8, v12 := quarter(*p0, *p4, *p8, *p12)
	v1, v5, v9, v13 := quarter(*p1, *p5, *p9, *p13)
	v2, v6, v10, v14 := quarter(*p2, *p6, *p10, *p14)
	v3, v7, v11, v15 := quarter(*p3, *p7, *p11, *p15)
	*p0, *p5, *p10, *p15 = quarter(v0, v5, v10, v15)
	*p1, *p6, *p11, *p12 = quarter(v1, v6, v11, v12)
	*p2, *p7, *p8, *p13 = quarter(v2, v7, v8, v13)
	*p3, *p4, *p9, *p14 = quarter(v3, v4, v9, v14)
}

// quarter is GB (§3.6).
func quarter(a, b, c, d uint64) (uint64, uint64, uint64, uint64) {
	a = mix(a, b)
	d = bits.RotateLeft64(d^a, -32)
	c = mix(c, d)
	b = bits.RotateLeft64(b^c, -24)
	a = mix(a, b)
	d = bits.RotateLeft64(d^a, -16)
	c = mix(c, d)
	b = bits.RotateLeft64(b^c, -63)
	return a, b, c, d
}

// mix is the addition of GB: BLAKE2b's, and twice the product of the lower halves.
func mix(x, y uint64) uint64 { return x + y + 2*uint64(uint32(x))*uint64(uint32(y)) }
