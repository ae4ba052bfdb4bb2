package main

import (
	"cmp"
	"math"
	"slices"
)

// alignment returns the loss of an answer whose place in the columns is not known, and its
// gradient: the negative logarithm of the probability of all ways to read it, in which
// each digit takes one or more columns and none stands between equal ones (connectionist
// temporal classification; Graves et al., 2006).
func alignment(out plane, answer []int) (loss float64, grad []float32) {
	columns := out.wide
	logs := logarithms(out)
	states := make([]int, 2*len(answer)+1)
	for i := range states {
		states[i] = none
		if i%2 == 1 {
			states[i] = answer[i/2]
		}
	}
	skips := func(s int) bool { return s >= 2 && states[s] != none && states[s] != states[s-2] }
	forward, backward := lattice(columns, len(states)), lattice(columns, len(states))
	for t := range columns {
		for s := range states {
			v := math.Inf(-1)
			switch {
			case t == 0 && s < 2:
				v = 0
			case t > 0:
				v = forward[t-1][s]
				if s >= 1 {
					v = sum(v, forward[t-1][s-1])
				}
				if skips(s) {
					v = sum(v, forward[t-1][s-2])
				}
			}
			forward[t][s] = v + logs[t][states[s]]
		}
	}
	for t := columns - 1; t >= 0; t-- {
		for s := range states {
			v := math.Inf(-1)
			switch {
			case t == columns-1 && s >= len(states)-2:
				v = 0
			case t < columns-1:
				next := func(s int) float64 { return backward[t+1][s] + logs[t+1][states[s]] }
				v = next(s)
				if s+1 < len(states) {
					v = sum(v, next(s+1))
				}
				if s+2 < len(states) && skips(s+2) {
					v = sum(v, next(s+2))
				}
			}
			backward[t][s] = v
		}
	}
	last := forward[columns-1]
	whole := sum(last[len(last)-1], last[len(last)-2])
	grad = make([]float32, len(out.data))
	for t := range columns {
		for d := range symbols {
			grad[d*columns+t] = float32(math.Exp(logs[t][d]))
		}
		for s, d := range states {
			grad[d*columns+t] -= float32(math.Exp(forward[t][s] + backward[t][s] - whole))
		}
	}
	return -whole, grad
}

func lattice(columns, states int) [][]float64 {
	all := make([][]float64, columns)
	for t := range all {
		all[t] = make([]float64, states)
	}
	return all
}

// sum is the logarithm of the sum of two numbers that are given by their logarithms.
func sum(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// logarithms returns the logarithms of the probabilities of the symbols, for each column.
func logarithms(out plane) [][]float64 {
	logs := lattice(out.wide, symbols)
	for t := range out.wide {
		whole := math.Inf(-1)
		for d := range symbols {
			logs[t][d] = float64(out.data[d*out.wide+t])
			whole = sum(whole, logs[t][d])
		}
		for d := range symbols {
			logs[t][d] -= whole
		}
	}
	return logs
}

// digits is the number of digits of an answer. An attacker knows it.
const digits = 6

// read returns the most probable answer of six digits, by a search that keeps the best
// beginnings (Graves and Jaitly, 2014).
func read(out plane) []int {
	const kept = 24
	type beginning struct {
		text        [digits]int
		n           int
		ends, opens float64 // logarithm of the probability of the ways to read it that end in a digit, and in no digit
	}
	best := []beginning{{opens: 0, ends: math.Inf(-1)}}
	for _, column := range logarithms(out) {
		index := map[[digits + 1]int]int{}
		var next []beginning
		at := func(text [digits]int, n int) *beginning {
			key := [digits + 1]int{n}
			copy(key[1:], text[:])
			i, known := index[key]
			if !known {
				i = len(next)
				index[key] = i
				next = append(next, beginning{text, n, math.Inf(-1), math.Inf(-1)})
			}
			return &next[i]
		}
		for _, b := range best {
			whole := sum(b.ends, b.opens)
			same := at(b.text, b.n)
			same.opens = sum(same.opens, whole+column[none])
			if b.n > 0 {
				same.ends = sum(same.ends, b.ends+column[b.text[b.n-1]])
			}
			if b.n == digits {
				continue
			}
			for d := range 10 {
				from := whole
				if b.n > 0 && b.text[b.n-1] == d {
					from = b.opens
				}
				text := b.text
				text[b.n] = d
				longer := at(text, b.n+1)
				longer.ends = sum(longer.ends, from+column[d])
			}
		}
		sortBy(next, func(b beginning) float64 { return -sum(b.ends, b.opens) })
		best = next[:min(kept, len(next))]
	}
	for _, b := range best {
		if b.n == digits {
			return b.text[:]
		}
	}
	return best[0].text[:best[0].n]
}

func sortBy[T any](all []T, by func(T) float64) {
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(by(a), by(b)) })
}
