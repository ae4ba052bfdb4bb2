package captcha

import (
	"crypto/subtle"
	"io"
	"unicode"
)

// answerLen is the number of characters of an answer. Six decimal digits are
// 10^6 answers, 19.9 bits; one guess spends the challenge, so a blind guess
// passes once in a million.
//
// Digits and not letters, although letters would be harder to recognise by
// machine: Chinese input methods turn letters into candidates, phones show a
// number pad, nobody mistakes l for I or o for 0, and digits can be spoken in
// any language, so that an audio twin can have the same answer. What recognition gains from
// ten classes is taken back by the drawing and measured in the tests.
const answerLen = 6

// maxTyped is the longest input in bytes that is looked at: six full-width digits
// with ideographic spaces between them have 33.
const maxTyped = 64

// answer is six ASCII digits.
type answer [answerLen]byte

// newAnswer draws each of the 10^6 answers with the same chance: bytes from 250
// up are drawn again, since 256 is no multiple of ten.
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

// equal compares in constant time once text has the right number of characters;
// the number is public.
func (a answer) equal(text string) bool {
	if len(text) > maxTyped {
		return false
	}
	typed := make([]byte, 0, maxTyped)
	for _, r := range text {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		switch {
		case unicode.IsSpace(r):
		case r >= '0' && r <= '9':
			typed = append(typed, byte(r))
		default:
			return false
		}
	}
	return subtle.ConstantTimeCompare(typed, a[:]) == 1
}
