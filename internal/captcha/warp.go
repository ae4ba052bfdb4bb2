package captcha

import (
	"math"
	"math/rand/v2"
)

// warp bends the plane with two sine waves on each axis: one as long as the image
// and one as long as a digit, so that neither a line nor a digit keeps its shape.
type warp struct {
	across, down [2]ripple
}

// ripple is one wave: amplitude in pixels, angular frequency per pixel, phase.
type ripple struct{ high, rate, phase float32 }

func newWarp(rng *rand.Rand) warp {
	between := func(lo, hi float32) float32 { return lo + (hi-lo)*rng.Float32() }
	wave := func(lowest, highest, shortest, longest float32) ripple {
		return ripple{between(lowest, highest), 2 * math.Pi / between(shortest, longest), between(0, 2*math.Pi)}
	}
	return warp{
		across: [2]ripple{wave(1.5, 2.6, 60, 100), wave(0.5, 1, 26, 40)},
		down:   [2]ripple{wave(3, 6, 90, 180), wave(0.6, 1.3, 30, 48)},
	}
}

// at moves a point of the straight drawing to its place in the bent one. The
// amplitudes times the rates stay below 1, so the map never folds.
func (w warp) at(p point) point {
	return point{
		p.x + w.across[0].at(p.y) + w.across[1].at(p.y),
		p.y + w.down[0].at(p.x) + w.down[1].at(p.x),
	}
}

func (r ripple) at(v float32) float32 {
	return r.high * float32(math.Sin(float64(v*r.rate+r.phase)))
}
