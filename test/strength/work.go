package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"time"

	"github.com/enroll-project/enroll/internal/captcha"
)

// work measures how many hashes one core computes in a second without a browser, and prints from that what a proof of
// work costs on average at each difficulty.
func work() {
	var block [24]byte // as a puzzle hashes it: a salt of 16 bytes, the number of the puzzle, and the counter
	const hashes = 5_000_000
	begun, found := cpu(), 0
	for i := range uint32(hashes) {
		binary.BigEndian.PutUint32(block[20:], i)
		sum := sha256.Sum256(block[:])
		if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) >= captcha.LeastBits {
			found++
		}
	}
	took := cpu() - begun
	rate := hashes / took.Seconds()
	fmt.Printf("work: %.1f million hashes a second on one core (%d of %d solve a puzzle of %d bits)\n",
		rate/1e6, found, hashes, captcha.LeastBits)
	for difficulty := captcha.DefaultMinBits; difficulty <= captcha.MostBits; difficulty++ {
		seconds := captcha.Puzzles * float64(uint(1)<<difficulty) / rate
		fmt.Printf("work of %d bits: %s of one core, %s a solve\n", difficulty,
			(time.Duration(seconds * float64(time.Second))).Round(time.Millisecond), dollars(seconds))
	}
}
