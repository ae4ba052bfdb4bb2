package captcha

import (
	"image"
	"math"
	"math/rand/v2"
)

// Size of every image in pixels.
const (
	Width  = 240
	Height = 80
)

// draw shows the answer. The seed decides every other detail, and comes from the
// source of secrets, so that no drawing helps to clean the next. The generator is
// ChaCha8, one for each drawing: nothing is shared, nothing locked.
func draw(faces []face, a answer, seed [32]byte) *image.Paletted {
	c := newCanvas(rand.New(rand.NewChaCha8(seed)))
	c.digits(faces, a)
	c.strikes()
	c.speckle()
	return c.develop()
}

// placed is a glyph with its linear map and the room it takes.
type placed struct {
	glyph          glyph
	xx, xy, yx, yy float32
	room           float32
	hollow         bool
}

// digits lays the answer out in a row whose neighbours touch or overlap: where
// one digit ends is what a machine finds hardest.
func (c *canvas) digits(faces []face, a answer) {
	var row [answerLen]placed
	var total float32
	// Three or four hollow ones, whichever: neither a filter for solid digits nor
	// one for hollow digits sees the whole answer.
	hollow := 3 + c.rng.IntN(2)
	order := c.rng.Perm(answerLen)
	for i, d := range a {
		row[i] = c.place(faces[c.rng.IntN(len(faces))][d-'0'])
		row[i].hollow = order[i] < hollow
		total += row[i].room
	}
	const margin = 10
	shrink := min(1, (Width-2*margin)/total)
	x := margin + c.between(0, Width-2*margin-total*shrink)
	for _, p := range row {
		at := point{x + p.room*shrink/2, Height/2 + c.between(-7, 7)}
		c.trace(p, at, shrink)
		x += p.room * shrink
	}
}

// place turns, shears and scales a glyph at random.
func (c *canvas) place(g glyph) placed {
	size := c.between(42, 52)
	wide := size * c.between(0.9, 1.2)
	sin, cos := math.Sincos(float64(c.between(-0.3, 0.3)))
	s, k, shear := float32(sin), float32(cos), c.between(-0.15, 0.15)
	return placed{
		glyph: g,
		xx:    k * wide, xy: (k*shear - s) * size,
		yx: s * wide, yy: (s*shear + k) * size,
		room: (g.width*wide + size*0.06) * c.between(0.89, 0.98),
	}
}

// trace lays a placed glyph through the warp: solid, or hollow where only its edge
// is drawn, on paper of its own so that people see which digit lies on top. A
// filter that wipes away thin lines wipes away hollow digits.
func (c *canvas) trace(p placed, at point, shrink float32) {
	bent := make([][]point, len(p.glyph.contours))
	for i, contour := range p.glyph.contours {
		for _, q := range contour {
			bent[i] = append(bent[i], c.warp.at(point{
				at.x + shrink*(p.xx*q.x+p.xy*q.y),
				at.y + shrink*(p.yx*q.x+p.yy*q.y),
			}))
		}
		c.area(bent[i])
	}
	c.ink(!p.hollow)
	if p.hollow {
		for _, ring := range bent {
			c.edge(ring, 1.1)
		}
		c.ink(true)
	}
}

// strikes runs lines of ink through the digits and cuts of paper across them: the
// first join what belongs apart, the second part what belongs together.
func (c *canvas) strikes() {
	for range 2 {
		c.wave(c.between(1.9, 2.8))
	}
	c.ink(true)
	for range 2 {
		c.wave(c.between(1.3, 1.8))
	}
	c.ink(false)
}

// speckle strews diamonds of ink and of paper: too big for a median of three by
// three pixels, too small to be taken for a digit.
func (c *canvas) speckle() {
	for _, on := range []bool{true, false} {
		for range 40 {
			r := c.between(0.9, 1.9)
			x, y := c.between(0, Width), c.between(0, Height)
			c.area([]point{{x - r, y}, {x, y - r}, {x + r, y}, {x, y + r}})
		}
		c.ink(on)
	}
}
