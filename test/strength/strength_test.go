package main

import (
	"fmt"
	"math"
	"math/cmplx"
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
	steep := func(t *testing.T, place string, value *float32, got float32) {
		t.Helper()
		const step = 1e-2
		*value += step
		more := loss()
		*value -= 2 * step
		less := loss()
		*value += step
		want := (more - less) / (2 * step)
		if math.Abs(float64(got)-want) > 0.02+0.1*math.Abs(want) {
			t.Errorf("%s: slope %f, want %f", place, got, want)
		}
	}
	for i := range n.layers {
		l := &n.layers[i]
		for _, at := range []int{0, len(l.weights) / 2, len(l.weights) - 1} {
			steep(t, fmt.Sprintf("layer %d, weight %d", i, at), &l.weights[at], slopes[i].weights[at])
		}
		for _, at := range []int{0, len(l.bias) - 1} {
			steep(t, fmt.Sprintf("layer %d, bias %d", i, at), &l.bias[at], slopes[i].bias[at])
		}
	}
}

// TestRead: equal digits count twice only if there is none between them, and the most probable digit
// of a column is read.
func TestRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ columns, want []int }{
		{[]int{1, 1, none, 1, 2, 3, none, 3, 3, none, 9}, []int{1, 1, 2, 3, 3, 9}},
		{[]int{1, 1, 2, 3, 4, 5, none}, []int{1, 2, 3, 4, 5, 6}},
	} {
		out := newPlane(symbols, 1, len(c.columns))
		for column, symbol := range c.columns {
			out.data[symbol*out.wide+column] = 5
		}
		out.data[6*out.wide+out.wide-1] = 4 // the second best of the last column
		if got := read(out); !slices.Equal(got, c.want) {
			t.Errorf("%v was read of %v", got, c.columns)
		}
	}
}

// TestFourier compares with the sums of the definition.
func TestFourier(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 8))
	x := make([]complex128, 16)
	for i := range x {
		x[i] = complex(rng.NormFloat64(), rng.NormFloat64())
	}
	want := make([]complex128, len(x))
	for k := range want {
		for i, v := range x {
			want[k] += v * cmplx.Rect(1, -2*math.Pi*float64(i*k)/float64(len(x)))
		}
	}
	fourier(x)
	for k := range want {
		if cmplx.Abs(x[k]-want[k]) > 1e-9 {
			t.Errorf("%d: %v, want %v", k, x[k], want[k])
		}
	}
}

// TestBands: the triangles share each frequency between the first and the last of their middles.
func TestBands(t *testing.T) {
	t.Parallel()
	edges, weights := bandEdges(), bandWeights()
	for k := range weights[0] {
		hz, sum := float64(k)*rate/window, 0.0
		for b := range weights {
			sum += weights[b][k]
		}
		if within := hz > edges[1] && hz < edges[bands]; within && math.Abs(sum-1) > 1e-9 {
			t.Errorf("%.0f Hz has the weight %f", hz, sum)
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
