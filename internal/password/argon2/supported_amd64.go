//go:build !purego

package argon2

import "golang.org/x/sys/cpu"

// supported returns, fastest first, the implementations whose instructions this CPU has
// and whose registers the operating system saves. portable is not among them: on amd64
// x/crypto has assembly with SSE4.1, which is 1.4 times as fast.
func supported() []*Implementation {
	var fast []*Implementation
	if cpu.X86.HasAVX512F {
		fast = append(fast, avx512())
	}
	if cpu.X86.HasAVX2 {
		fast = append(fast, avx2())
	}
	return fast
}

// avx512 needs AVX512F only, so it runs on every CPU with AVX-512.
func avx512() *Implementation {
	return &Implementation{
		name: "avx512",
		// A word's number is r2 r1 r0 j2 j1 j0 e, its place r2 r1 j2 j1 r0 j0 e:
		// asm_avx512_gen.go says why.
		place:      func(word int) int { return word&0b1100011 | word&0b0001100<<1 | word&0b0010000>>2 },
		fillListed: fillListedAVX512,
		fillChased: fillChasedAVX512,
	}
}

// avx2 keeps the words of a block in the order of the RFC.
func avx2() *Implementation {
	return &Implementation{
		name:       "avx2",
		place:      func(word int) int { return word },
		fillListed: fillListedAVX2,
		fillChased: fillChasedAVX2,
	}
}
