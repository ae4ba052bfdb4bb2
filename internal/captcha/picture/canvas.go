package picture

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"golang.org/x/image/vector"
)

// shades is the number of colors of an image, from background to foreground: 4 bits a
// pixel.
const shades = 16

// canvas is a drawing in progress. All its shapes have the same color, so that a
// filter by color cannot separate the digits from the disturbances.
type canvas struct {
	rng  *rand.Rand
	ras  *vector.Rasterizer
	mask *image.Alpha // coverage by the foreground, for each pixel
	cut  *image.Alpha // scratch: coverage by a shape that is erased
	warp warp
}

func newCanvas(rng *rand.Rand) *canvas {
	size := image.Rect(0, 0, Width, Height)
	return &canvas{
		rng:  rng,
		ras:  vector.NewRasterizer(Width, Height),
		mask: image.NewAlpha(size),
		cut:  image.NewAlpha(size),
		warp: newWarp(rng),
	}
}

// between returns a random number, uniform in [lo, hi).
func (c *canvas) between(lo, hi float32) float32 { return lo + (hi-lo)*c.rng.Float32() }

// area adds a filled polygon. The ring has at least one point, and area closes it.
func (c *canvas) area(ring []point) {
	c.ras.MoveTo(ring[0].x, ring[0].y)
	for _, p := range ring[1:] {
		c.ras.LineTo(p.x, p.y)
	}
	c.ras.ClosePath()
}

// edge adds the closed outline of a polygon, as one quadrilateral for each side, with
// half pixels on both sides of the line. All have the same orientation: the rasterizer
// adds winding numbers, and opposite ones would cancel where they overlap.
func (c *canvas) edge(ring []point, half float32) {
	prev := ring[len(ring)-1]
	for _, p := range ring {
		dx, dy := p.x-prev.x, p.y-prev.y
		if n := float32(math.Hypot(float64(dx), float64(dy))); n > 0 {
			dx, dy = dx/n*half, dy/n*half
			// Extended at both ends, so that there is no gap at the corners.
			a, b := point{prev.x - dx*0.7, prev.y - dy*0.7}, point{p.x + dx*0.7, p.y + dy*0.7}
			c.area([]point{{a.x - dy, a.y + dx}, {b.x - dy, b.y + dx}, {b.x + dy, b.y - dx}, {a.x + dy, a.y - dx}})
		}
		prev = p
	}
}

// wave adds a sine line across the whole width, thick pixels wide.
func (c *canvas) wave(thick float32) {
	from, to := c.between(20, Height-20), c.between(20, Height-20)
	high, long, phase := c.between(5, 12), c.between(70, 170), c.between(0, 2*math.Pi)
	// The line is a polygon of straight parts of 5 pixels: its upper edge from left to right, then
	// the lower one back.
	const parts = 48
	ring := make([]point, 2*(parts+1))
	for i := range parts + 1 {
		t := float32(i) / parts
		y := from + (to-from)*t + high*float32(math.Sin(float64(t*Width/long*2*math.Pi+phase)))
		ring[i], ring[len(ring)-1-i] = point{t * Width, y - thick/2}, point{t * Width, y + thick/2}
	}
	c.area(ring)
}

// ink draws the shapes that were added since the last call onto the mask, or, if on is
// false, erases them from it.
func (c *canvas) ink(on bool) {
	if on {
		c.ras.Draw(c.mask, c.mask.Bounds(), image.Opaque, image.Point{})
	} else {
		// The rasterizer can only add. So the shapes are drawn by themselves, and what they cover is
		// taken from the mask, in the same proportion at their smooth edges.
		clear(c.cut.Pix)
		c.ras.Draw(c.cut, c.cut.Bounds(), image.Opaque, image.Point{})
		for i, v := range c.cut.Pix {
			c.mask.Pix[i] = uint8(uint16(c.mask.Pix[i]) * (255 - uint16(v)) / 255)
		}
	}
	c.ras.Reset(Width, Height)
}

// paint returns the image: a random dark foreground on a random light background, with
// their mixtures at the edges.
func (c *canvas) paint() *image.Paletted {
	// The contrast is 5:1 at least, above the 4.5:1 of WCAG 2.1 (1.4.3). The colors are random, so
	// that none is known beforehand to be foreground.
	ink := [3]float32{c.between(0, 90), c.between(0, 90), c.between(0, 110)}
	paper := [3]float32{c.between(225, 250), c.between(225, 250), c.between(225, 250)}
	pal := make(color.Palette, shades)
	for i := range pal {
		t := float32(i) / (shades - 1)
		mix := func(k int) uint8 { return uint8(paper[k] + (ink[k]-paper[k])*t) }
		pal[i] = color.RGBA{mix(0), mix(1), mix(2), 0xff}
	}
	img := image.NewPaletted(c.mask.Bounds(), pal)
	for i, v := range c.mask.Pix {
		img.Pix[i] = uint8((uint16(v)*(shades-1) + 127) / 255)
	}
	return img
}
