package picture

import (
	"math"
	"math/rand/v2"
)

// warp bends the plane by two sine waves on each axis. One has the length of several
// digits and moves them out of line, the other that of one digit and changes its shape.
type warp struct {
	across, down [2]ripple
}

// ripple is a sine wave: amplitude in pixels, angular frequency in 1/pixels, phase.
type ripple struct{ high, rate, phase float32 }

func newWarp(rng *rand.Rand) warp {
	between := func(lo, hi float32) float32 { return lo + (hi-lo)*rng.Float32() }
	wave := func(lowest, highest, shortest, longest float32) ripple {
		return ripple{between(lowest, highest), 2 * math.Pi / between(shortest, longest), between(0, 2*math.Pi)}
	}
	// A ripple of across runs over the height, which is a third of the width. So it is shorter than a
	// ripple of down. It is also lower, because otherwise it would fold digits over.
	return warp{
		across: [2]ripple{wave(1.5, 2.6, 60, 100), wave(0.5, 1, 26, 40)},
		down:   [2]ripple{wave(3, 6, 90, 180), wave(0.6, 1.3, 30, 48)},
	}
}

// at returns the point to which a point is moved. The sum of amplitude times angular frequency is
// below 1 on each axis, so that the map does not fold over.
func (w warp) at(p point) point {
	return point{
		p.x + w.across[0].at(p.y) + w.across[1].at(p.y),
		p.y + w.down[0].at(p.x) + w.down[1].at(p.x),
	}
}

// at returns the shift in pixels at a coordinate of the other axis.
func (r ripple) at(v float32) float32 {
	return r.high * float32(math.Sin(float64(v*r.rate+r.phase)))
}
