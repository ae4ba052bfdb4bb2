package captcha

import (
	"crypto/subtle"
	"io"
	"unicode"

	"github.com/enroll-project/enroll/internal/digit"
)

// answerLen is the number of digits of an answer. There are 10^6 answers (19.9 bits),
// and one guess spends the challenge, so a blind guess is right once in a million.
//
// Letters would be harder for machines to recognize. Digits are used because Chinese
// input methods turn letters into candidates, phones show a number pad for digits, no
// two digits look alike as l and I do, and digits can be spoken in any language.
const answerLen = 6

// maxTyped is the longest input in bytes that is compared. Six digits of any script with
// an ideographic space between each two have at most 39 bytes.
const maxTyped = 64

// answer is six ASCII digits.
type answer [answerLen]byte

// newAnswer returns a random answer, uniformly distributed. Bytes from 250 on are
// rejected and drawn again, because 256 is not a multiple of ten.
func newAnswer(rand io.Reader) (answer, error) {
	var a answer
	var buf [answerLen]byte
	for n := 0; n < answerLen; {
		b := buf[:answerLen-n]
		if _, err := io.ReadFull(rand, b); err != nil {
			return answer{}, err
		}
		for _, v := range b {
			if v < 250 {
				a[n] = '0' + v%10
				n++
			}
		}
	}
	return a, nil
}

// equal reports whether text is the answer. White space is ignored, because keyboards insert
// it, and so are invisible marks, which are pasted with a text. The digits of all scripts count
// as digits, because a person that hears them types those of their own script. The time of the
// comparison depends on text alone and not on the answer.
func (a answer) equal(text string) bool {
	if len(text) > maxTyped {
		return false
	}
	typed := make([]byte, 0, maxTyped)
	for _, r := range text {
		value, ok := digit.Value(r)
		switch {
		case ok:
			typed = append(typed, '0'+value)
		case !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r):
			return false
		}
	}
	return subtle.ConstantTimeCompare(typed, a[:]) == 1
}
