package enroll

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// SolveWork solves a proof of work: the salt, bits and puzzles of a captcha of the kinds
// "pow" and "image+pow", or the audio_salt, audio_bits and audio_puzzles of one that is to be
// heard. For a captcha of "image+pow" the answer is the digits, a colon and this text.
//
// It takes a tenth of a second to several seconds of one processor and ends early with
// ctx's error.
func SolveWork(ctx context.Context, salt string, zeros, puzzles int) (string, error) {
	message, err := hex.DecodeString(salt)
	if err != nil {
		return "", fmt.Errorf("enroll: the salt is not hexadecimal: %w", err)
	}
	message = append(message, make([]byte, 8)...)
	counter := message[len(message)-4:]
	var answer strings.Builder
	for i := range puzzles {
		binary.BigEndian.PutUint32(message[len(message)-8:], uint32(i))
		for n := uint32(0); ; n++ {
			if n%(1<<12) == 0 && ctx.Err() != nil {
				return "", ctx.Err()
			}
			binary.BigEndian.PutUint32(counter, n)
			sum := sha256.Sum256(message)
			if bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:])) >= zeros {
				fmt.Fprintf(&answer, "%08x", n)
				break
			}
			if n == math.MaxUint32 {
				return "", fmt.Errorf("enroll: %d bits have no solution", zeros)
			}
		}
	}
	return answer.String(), nil
}
