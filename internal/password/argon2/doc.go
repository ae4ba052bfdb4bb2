// Package argon2 promises argon2id as RFC 9106 defines it (version 0x13), bit
// for bit what golang.org/x/crypto/argon2 computes, in a fraction of its time
// and in memory that is reused.
//
// [Choose] finds, once at the start, the fastest [Implementation] that this CPU
// can run and that agrees with x/crypto: assembly with AVX-512 or AVX2 on amd64,
// portable Go elsewhere, and x/crypto itself where neither will do. A caller
// keeps one [Memory] for each hash that it computes at a time.
//
// # Words
//
// A block is 1 KiB of the memory. The memory has as many lanes as the cost says, a
// lane has four slices, and the part of a lane in a slice is a segment. A block
// is computed from the one before it and from a reference block. Where that is, is
// listed beforehand in the first two slices of the first pass, and depends on the
// content of the block before, and so on the password, everywhere else. That is
// argon2id's own bargain; no other branch or address here depends on a secret.
//
// # Why it is fast
//
// A hash is a chain: no block can be begun before the one before it is finished.
// The functions fill up to 128 blocks in one call, with the chain in vector
// registers; they find the next reference block as soon as its first word is
// known, a quarter of a block early, and fetch it while they finish; and the memory
// is neither allocated nor faulted in anew. docs/hashing.md has what each gives.
//
// Lanes are computed one after the other by the caller's own goroutine: who
// bounds the callers has bounded the CPU and the memory as well.
package argon2
