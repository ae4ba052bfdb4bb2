// Package picture draws digits as a picture that people can read and that is hard to read for
// programs:
//
//   - Neighbors touch or overlap, so that it is hard to find where a digit ends.
//   - The digits are of two fonts, turned, sheared and bent. Some are hollow.
//   - Lines and specks of the same color connect the digits and cut them into parts.
//
// docs/captcha.md has the rates at which trained solvers still read them. Tesseract, a program that is
// not trained for these pictures, reads almost none of them (captcha.TestTesseract). Without overlap,
// hollow digits, lines and specks it reads most.
//
// The seed determines the picture. The caller draws a new random seed for each picture.
package picture

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Size of every image in pixels: six digits of up to 52 pixels that overlap, with a
// margin. More digits are drawn smaller. It fits the width of a phone's form without scaling.
const (
	Width  = 240
	Height = 80
)

// Artist draws pictures. It is safe for concurrent use.
type Artist struct {
	faces []face
	png   encoder
}

// New returns an Artist. It fails if an embedded font cannot be read.
func New() (*Artist, error) {
	faces, err := loadFaces()
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return &Artist{faces, newEncoder()}, nil
}

// Draw returns a PNG of ASCII digits, at most [MaxSize] bytes. That takes milliseconds of processor
// time. The seed determines all other details. It must come from a source that is fit for secrets: with
// a predictable seed, the same disturbances could be drawn and subtracted. Each drawing has its own
// generator (ChaCha8), so that no lock is shared.
func (a *Artist) Draw(digits []byte, seed [32]byte) ([]byte, error) {
	c := newCanvas(rand.New(rand.NewChaCha8(seed)))
	c.digits(a.faces, digits)
	c.strikes()
	c.speckle()
	data, err := a.png.encode(c.paint())
	if err != nil {
		return nil, fmt.Errorf("picture: encode: %w", err)
	}
	return data, nil
}

// placed is a glyph with its linear map and its width in the row.
type placed struct {
	glyph          glyph
	xx, xy, yx, yy float32
	room           float32
	hollow         bool
}

// digits draws a row in which neighbors touch or overlap. Segmentation, which finds
// where a digit ends, is the hardest step for a machine (Chellapilla et al.,
// "Computers beat Humans at Single Character Recognition", 2005).
func (c *canvas) digits(faces []face, digits []byte) {
	row := make([]placed, len(digits))
	var total float32
	// Three or four of six are hollow, so that neither a filter for solid digits
	// nor one for hollow digits finds all of them.
	hollow := 3 + c.rng.IntN(2)
	order := c.rng.Perm(len(digits))
	for i, d := range digits {
		row[i] = c.place(faces[c.rng.IntN(len(faces))][d-'0'])
		row[i].hollow = order[i] < hollow
		total += row[i].room
	}
	// A row that is too wide is drawn smaller. One that is narrow begins at a random place, so that
	// the columns of the digits are not known beforehand.
	const margin = 10
	shrink := min(1, (Width-2*margin)/total)
	x := margin + c.between(0, Width-2*margin-total*shrink)
	for _, p := range row {
		// Up or down by some pixels, so that the digits have no common baseline.
		at := point{x + p.room*shrink/2, Height/2 + c.between(-7, 7)}
		c.trace(p, at, shrink)
		x += p.room * shrink
	}
}

// place returns a glyph with a random rotation (up to 17 degrees), shear and scale. Its room
// is about its width before rotation and shear, so that neighbors touch or overlap.
func (c *canvas) place(g glyph) placed {
	size := c.between(42, 52)
	wide := size * c.between(0.9, 1.2)
	// The map is a scale, then a shear, then a rotation, multiplied out.
	sin, cos := math.Sincos(float64(c.between(-0.3, 0.3)))
	s, k, shear := float32(sin), float32(cos), c.between(-0.15, 0.15)
	return placed{
		glyph: g,
		xx:    k * wide, xy: (k*shear - s) * size,
		yx: s * wide, yy: (s*shear + k) * size,
		room: (g.width*wide + size*0.06) * c.between(0.89, 0.98),
	}
}

// trace draws a placed glyph through the warp. A hollow one has an outline only, and
// its inside is erased first, so that people see which digit is on top. A filter that
// removes thin lines removes hollow digits as well.
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

// strikes draws two lines across the digits, which connect neighbors, and erases two
// lines, which cut digits into parts.
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

// speckle draws 40 small diamonds and erases 40 others. They are too large for a 3-by-3
// median filter to remove, and too small to look like a part of a digit.
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
