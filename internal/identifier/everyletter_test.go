//go:build !race

// Tests of one goroutine over very many values. The race detector would find nothing in them and make them thirty
// times slower, so tools/make/test.sh runs them without it.

package identifier

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TestSkeletonOfEveryPermittedCharacter shows that the skeleton of a character is its
// own skeleton, and that 32 of them fit into MaxSkeleton.
func TestSkeletonOfEveryPermittedCharacter(t *testing.T) {
	t.Parallel()
	for _, s := range spans {
		for r := s.lo; r <= s.hi; r++ {
			look := skeleton(string(r))
			if look == "" || len(look) > MaxSkeleton/MaxUserName || skeleton(look) != look || !norm.NFC.IsNormalString(look) {
				t.Errorf("%04X looks like %+q", r, look)
			}
			if !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '〇' {
				t.Errorf("%04X is no letter, mark or digit", r)
			}
		}
	}
}

// TestRealNameOfEveryCodePoint: a single mark, or a single character that is not drawn, is
// not a name. A single letter, number or mark of punctuation is one, unless it looks blank.
func TestRealNameOfEveryCodePoint(t *testing.T) {
	t.Parallel()
	ignorable := []*unicode.RangeTable{
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Cc, unicode.Cf,
		unicode.White_Space, unicode.M,
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		_, err := ParseRealName(string(r))
		if unicode.In(r, ignorable...) && err == nil {
			t.Errorf("%U alone is accepted", r)
		}
		if unicode.In(r, unicode.L, unicode.N, unicode.P) && err != nil && !looksBlank(r) {
			t.Errorf("%U alone: %v", r, err)
		}
	}
}
