// Package argon2 computes argon2id as RFC 9106 defines it (version 0x13). Its results
// are those of golang.org/x/crypto/argon2, bit for bit, in a fraction of the time and
// in memory that is reused.
//
// [Choose] is called once at the start. It returns the fastest [Implementation] that
// this CPU can run and that agrees with x/crypto: assembly with AVX-512 or AVX2 on
// amd64, portable Go on other architectures, and x/crypto itself on amd64 without AVX2
// or if none of these agrees. A caller keeps one [Memory] for each hash that it
// computes at a time.
//
// # Words
//
// A block is 1 KiB of the memory. The memory has as many lanes as the cost says, a
// lane has four slices, and the part of a lane in a slice is a segment. A block
// is computed from the one before it and from a reference block. In the first two
// slices of the first pass the reference blocks are listed beforehand. In the rest,
// the content of the block before names the reference block, whose address thus depends
// on the password. Argon2id is defined so (RFC 9106 §3.4). Apart from this choice of a
// block, no branch or address in this package depends on a secret.
//
// # Why it is fast
//
// A hash is a chain: no block can be begun before the one before it is finished. The
// functions fill up to 128 blocks in one call, with vector instructions. They find the
// next reference block as soon as the first word of the new block is known, and fetch it
// while they finish the new block. The memory is neither allocated nor faulted in anew.
// docs/hashing.md has the gain of each.
//
// Lanes are computed one after another by the caller's own goroutine. A bound on the
// number of callers is then also a bound on CPU time and memory.
package argon2
