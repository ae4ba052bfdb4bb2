package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAlignment compares the loss of a small plane with the sum over all ways to read it,
// and its gradient with differences of the loss.
func TestAlignment(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	out := newPlane(symbols, 1, 4)
	for i := range out.data {
		out.data[i] = float32(rng.NormFloat64())
	}
	for _, answer := range [][]int{{1, 2}, {3, 3}, {5}} {
		logs, whole := logarithms(out), math.Inf(-1)
		for path := range 11 * 11 * 11 * 11 {
			var way []int
			for p, n := path, 0; n < 4; p, n = p/11, n+1 {
				way = append(way, p%11)
			}
			var said []int
			chance := 0.0
			for at, d := range way {
				chance += logs[at][d]
				if d != none && (at == 0 || way[at-1] != d) {
					said = append(said, d)
				}
			}
			if slices.Equal(said, answer) {
				whole = sum(whole, chance)
			}
		}
		loss, grad := alignment(out, answer)
		if math.Abs(loss+whole) > 1e-6 {
			t.Errorf("%v: loss %f, want %f", answer, loss, -whole)
		}
		for i := range grad {
			const step = 1e-2
			out.data[i] += step
			more, _ := alignment(out, answer)
			out.data[i] -= 2 * step
			less, _ := alignment(out, answer)
			out.data[i] += step
			if want := (more - less) / (2 * step); math.Abs(float64(grad[i])-want) > 1e-3 {
				t.Errorf("%v: slope %d is %f, want %f", answer, i, grad[i], want)
			}
		}
	}
}

// TestLayers compares the gradient of a whole net with differences of its loss.
func TestLayers(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	n := newEye(rng, 16)
	s := sample{newPlane(1, 16, 24), []int{4, 2}}
	for i := range s.in.data {
		s.in.data[i] = rng.Float32()
	}
	slopes := n.slopes()
	n.learn(s, slopes, n.turned())
	loss := func() float64 {
		l, _ := alignment(n.forward(s.in, make([]trace, len(n.layers))), s.answer)
		return l
	}
	for i := range n.layers {
		for _, at := range []int{0, len(n.layers[i].weights) / 2, len(n.layers[i].weights) - 1} {
			const step = 1e-2
			w := &n.layers[i].weights[at]
			*w += step
			more := loss()
			*w -= 2 * step
			less := loss()
			*w += step
			want, got := (more-less)/(2*step), float64(slopes[i].weights[at])
			if math.Abs(got-want) > 0.02+0.1*math.Abs(want) {
				t.Errorf("layer %d, weight %d: slope %f, want %f", i, at, got, want)
			}
		}
	}
}

// TestTraining: a few steps make the loss of pictures and sounds smaller.
func TestTraining(t *testing.T) {
	t.Parallel()
	sources := newSources(1)
	for name, draw := range map[string]func(*source) sample{
		"picture": func(s *source) sample { return s.picture() },
		"sound":   func(s *source) sample { return s.sound("en") },
	} {
		n := newEye(seeded(), picturesHigh)
		if name == "sound" {
			n = newEar(seeded())
		}
		one := draw(sources[0])
		before := n.learn(one, n.slopes(), n.turned())
		n.train(2, func(int, int) sample { return one }, func(int, float64) {})
		if after := n.learn(one, n.slopes(), n.turned()); after >= before || len(one.answer) != digits {
			t.Errorf("%s: loss %f, and %f after training", name, before, after)
		}
		if got := read(n.forward(one.in, make([]trace, len(n.layers)))); len(got) > digits {
			t.Errorf("%s: %v was read", name, got)
		}
	}
}
