package main

import (
	"math"
	"math/rand/v2"
	"sync"
)

// plane is a stack of images of the same size, row by row.
type plane struct {
	deep, high, wide int
	data             []float32
}

func newPlane(deep, high, wide int) plane {
	return plane{deep, high, wide, make([]float32, deep*high*wide)}
}

// layer is a convolution with a bias, a ramp (but for the last layer) and the maximum of
// each pool. It keeps the height by zeros around the plane, unless it flattens: then its
// kernel is as high as the plane and one row is left. The width is always kept.
type layer struct {
	in, out            int // planes
	tall, broad        int // of the kernel
	flat, last         bool
	poolHigh, poolWide int
	weights            []float32 // out × in·tall·broad
	bias               []float32
}

func newLayer(rng *rand.Rand, in, out, tall, broad, poolHigh, poolWide int) layer {
	l := layer{
		in: in, out: out, tall: tall, broad: broad, poolHigh: poolHigh, poolWide: poolWide,
		weights: make([]float32, out*in*tall*broad), bias: make([]float32, out),
	}
	spread := math.Sqrt(2 / float64(in*tall*broad)) // He et al., 2015
	for i := range l.weights {
		l.weights[i] = float32(rng.NormFloat64() * spread)
	}
	return l
}

// trace is what a layer keeps of a sample for the way back.
type trace struct {
	in      plane
	columns []float32 // the patch under the kernel, for each place
	mapped  plane     // after the ramp
	best    []int32   // where each pool has its maximum
}

func (l *layer) rows(in plane) int {
	if l.flat {
		return 1
	}
	return in.high
}

func (l *layer) forward(in plane, t *trace) plane {
	high := l.rows(in)
	places, patch := high*in.wide, l.in*l.tall*l.broad
	t.in = in
	t.columns = make([]float32, patch*places)
	l.patches(in, high, func(from, to, n int) { copy(t.columns[to:to+n], in.data[from:from+n]) })
	t.mapped = newPlane(l.out, high, in.wide)
	for o := range l.out {
		row := t.mapped.data[o*places : (o+1)*places]
		for i := range row {
			row[i] = l.bias[o]
		}
	}
	multiply(t.mapped.data, l.weights, t.columns, l.out, patch, places)
	if !l.last {
		for i, v := range t.mapped.data {
			t.mapped.data[i] = max(v, 0)
		}
	}
	if l.poolHigh*l.poolWide == 1 {
		return t.mapped
	}
	return l.pool(t)
}

// patches calls do for each run of pixels under one place of the kernel: where it begins
// in the plane and in the columns, and its length.
func (l *layer) patches(in plane, high int, do func(from, to, n int)) {
	top, left := l.tall/2, l.broad/2
	if l.flat {
		top = 0
	}
	row := 0
	for d := range l.in {
		for ky := range l.tall {
			for kx := range l.broad {
				first, end := max(0, left-kx), min(in.wide, in.wide+left-kx)
				for y := range high {
					if from := y + ky - top; from >= 0 && from < in.high {
						do((d*in.high+from)*in.wide+first+kx-left, row*high*in.wide+y*in.wide+first, end-first)
					}
				}
				row++
			}
		}
	}
}

func (l *layer) pool(t *trace) plane {
	m := t.mapped
	out := newPlane(m.deep, m.high/l.poolHigh, m.wide/l.poolWide)
	t.best = make([]int32, len(out.data))
	i := 0
	for d := range out.deep {
		for y := range out.high {
			for x := range out.wide {
				best := (d*m.high+y*l.poolHigh)*m.wide + x*l.poolWide
				for py := range l.poolHigh {
					for px := range l.poolWide {
						if at := (d*m.high+y*l.poolHigh+py)*m.wide + x*l.poolWide + px; m.data[at] > m.data[best] {
							best = at
						}
					}
				}
				out.data[i], t.best[i] = m.data[best], int32(best)
				i++
			}
		}
	}
	return out
}

// slope is what is added to the parameters of a layer.
type slope struct{ weights, bias []float32 }

// backward adds to the slope and returns the gradient of the input, if it is needed.
func (l *layer) backward(grad []float32, t *trace, s *slope, turned []float32, needed bool) []float32 {
	m := t.mapped
	if t.best != nil {
		spread := make([]float32, len(m.data))
		for i, at := range t.best {
			spread[at] += grad[i]
		}
		grad = spread
	}
	if !l.last {
		for i, v := range m.data {
			if v <= 0 {
				grad[i] = 0
			}
		}
	}
	places, patch := m.high*m.wide, l.in*l.tall*l.broad
	for o := range l.out {
		for _, v := range grad[o*places : (o+1)*places] {
			s.bias[o] += v
		}
	}
	multiplyTransposed(s.weights, grad, t.columns, l.out, places, patch)
	if !needed {
		return nil
	}
	columns := make([]float32, len(t.columns))
	multiply(columns, turned, grad, patch, l.out, places)
	out := make([]float32, len(t.in.data))
	l.patches(t.in, m.high, func(from, to, n int) {
		for i, v := range columns[to : to+n] {
			out[from+i] += v
		}
	})
	return out
}

// net reads a plane from left to right: its result has, for each column, a score of each
// digit and of "no digit".
type net struct{ layers []layer }

// symbols is the number of symbols: the ten digits and "no digit".
const symbols, none = 11, 10

// newEye returns a net for pictures of a height that is a multiple of eight.
func newEye(rng *rand.Rand, high int) *net {
	n := &net{[]layer{
		newLayer(rng, 1, 16, 3, 3, 2, 2),
		newLayer(rng, 16, 32, 3, 3, 2, 2),
		newLayer(rng, 32, 64, 3, 3, 2, 1),
		newLayer(rng, 64, 128, high/8, 3, 1, 1),
		newLayer(rng, 128, 128, 1, 5, 1, 1),
		newLayer(rng, 128, symbols, 1, 1, 1, 1),
	}}
	n.layers[3].flat = true
	n.layers[5].last = true
	return n
}

// newEar returns a net for sounds, which have one row and many planes.
func newEar(rng *rand.Rand) *net {
	n := &net{[]layer{
		newLayer(rng, bands, 64, 1, 5, 1, 2),
		newLayer(rng, 64, 96, 1, 5, 1, 2),
		newLayer(rng, 96, 128, 1, 5, 1, 1),
		newLayer(rng, 128, 128, 1, 5, 1, 1),
		newLayer(rng, 128, symbols, 1, 1, 1, 1),
	}}
	n.layers[4].last = true
	return n
}

func (n *net) forward(in plane, traces []trace) plane {
	for i := range n.layers {
		in = n.layers[i].forward(in, &traces[i])
	}
	return in
}

// sample is a challenge as the net sees it, and its answer.
type sample struct {
	in     plane
	answer []int
}

// shards is the number of parts of a batch, whose slopes are added in order: the result
// does not depend on the number of processors.
const shards, batch = 4, 16

// train makes steps of Adam (Kingma and Ba, 2015), each with a batch of new samples.
func (n *net) train(steps int, draw func(step, i int) sample, report func(step int, loss float64)) {
	var parts [shards][]slope
	first, second := n.slopes(), n.slopes()
	var smooth float64
	for step := range steps {
		var losses [shards]float64
		turned := n.turned()
		var all sync.WaitGroup
		for p := range shards {
			all.Go(func() {
				parts[p] = n.slopes()
				for i := p; i < batch; i += shards {
					losses[p] += n.learn(draw(step, i), parts[p], turned)
				}
			})
		}
		all.Wait()
		for p := range shards {
			smooth += (losses[p]/batch*shards - smooth) / 100
		}
		rate := 1e-3 * min(1, float64(step+1)/100) * (0.02 + 0.98*0.5*(1+math.Cos(math.Pi*float64(step)/float64(steps))))
		n.adjust(parts[:], first, second, step+1, rate)
		report(step, smooth)
	}
}

// learn adds the slope of one sample and returns its loss.
func (n *net) learn(s sample, slopes []slope, turned [][]float32) float64 {
	traces := make([]trace, len(n.layers))
	out := n.forward(s.in, traces)
	loss, grad := alignment(out, s.answer)
	for i := len(n.layers) - 1; i >= 0; i-- {
		grad = n.layers[i].backward(grad, &traces[i], &slopes[i], turned[i], i > 0)
	}
	return loss
}

func (n *net) slopes() []slope {
	all := make([]slope, len(n.layers))
	for i, l := range n.layers {
		all[i] = slope{make([]float32, len(l.weights)), make([]float32, len(l.bias))}
	}
	return all
}

// turned are the transposed weights.
func (n *net) turned() [][]float32 {
	all := make([][]float32, len(n.layers))
	for i, l := range n.layers {
		patch := len(l.weights) / l.out
		all[i] = make([]float32, len(l.weights))
		for o := range l.out {
			for p := range patch {
				all[i][p*l.out+o] = l.weights[o*patch+p]
			}
		}
	}
	return all
}

func (n *net) adjust(parts [][]slope, first, second []slope, step int, rate float64) {
	const decay1, decay2 = 0.9, 0.999
	scale1, scale2 := 1/(1-math.Pow(decay1, float64(step))), 1/(1-math.Pow(decay2, float64(step)))
	each := func(values, m, v []float32, of func(p int) []float32) {
		for i := range values {
			var g float32
			for p := range parts {
				g += of(p)[i]
			}
			g /= batch
			m[i] += (g - m[i]) * (1 - decay1)
			v[i] += (g*g - v[i]) * (1 - decay2)
			values[i] -= float32(rate * float64(m[i]) * scale1 / (math.Sqrt(float64(v[i])*scale2) + 1e-8))
		}
	}
	for i := range n.layers {
		l := &n.layers[i]
		each(l.weights, first[i].weights, second[i].weights, func(p int) []float32 { return parts[p][i].weights })
		each(l.bias, first[i].bias, second[i].bias, func(p int) []float32 { return parts[p][i].bias })
	}
}
