package wordlist_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/wordlist"
)

// TestHas: each line is found, and nothing else is: no part of a line, no neighbor, no empty word. The lists have
// each number of lines up to 40, of random lengths, which reach all branches of the search.
func TestHas(t *testing.T) {
	t.Parallel()
	source := rand.New(rand.NewPCG(1, 2))
	for lines := range 41 {
		set := map[string]bool{}
		for len(set) < lines {
			word := make([]byte, 1+source.IntN(6))
			for i := range word {
				word[i] = "ab.-"[source.IntN(4)]
			}
			set[string(word)] = true
		}
		var words []string
		for word := range set {
			words = append(words, word)
		}
		slices.Sort(words)
		list := wordlist.List(strings.Join(append(words, ""), "\n"))
		for _, word := range append(words, "", "a", "ab", "z", "\xff", "aaaaaaaa") {
			for _, near := range []string{word, word + "a", word + "\x00", strings.TrimSuffix(word, "a"), word[:len(word)/2]} {
				if got := list.Has(near); got != set[near] {
					t.Fatalf("%q in %q: %v", near, list, got)
				}
			}
		}
	}
}

// TestHasCostsNothing: a search allocates no memory.
func TestHasCostsNothing(t *testing.T) {
	list, word := wordlist.List("a.example\nb.example\n"), strings.Repeat("c", 10)
	if n := testing.AllocsPerRun(100, func() { list.Has(word) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
