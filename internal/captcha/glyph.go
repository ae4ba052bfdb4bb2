package captcha

import (
	"fmt"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// point is a place in the plane, y downwards, in pixels unless said otherwise.
type point struct{ x, y float32 }

// glyph is the outline of a digit around the origin, with a height of 1: closed
// contours, their curves already flattened, their lines already cut into pieces
// so that a warp can bend them.
type glyph struct {
	contours [][]point
	width    float32
}

// face is the ten digits of one font.
type face [10]glyph

// loadFaces reads two faces of different build, one proportional and one fixed
// with serifs, so that a solver has 19 shapes to learn instead of 10. They are
// the Go fonts (BSD licence), compiled into the binary: 325 KB.
func loadFaces() ([]face, error) {
	var faces []face
	for _, ttf := range [][]byte{gobold.TTF, gomonobold.TTF} {
		f, err := sfnt.Parse(ttf)
		if err != nil {
			return nil, fmt.Errorf("parse font: %w", err)
		}
		var fc face
		for d := range fc {
			if fc[d], err = loadGlyph(f, rune('0'+d)); err != nil {
				return nil, fmt.Errorf("load glyph %d: %w", d, err)
			}
		}
		faces = append(faces, fc)
	}
	// The second face strikes its zero through, which people take for an eight
	// once it is hollow and bent.
	faces[1][0] = faces[0][0]
	return faces, nil
}

func loadGlyph(f *sfnt.Font, r rune) (glyph, error) {
	var buf sfnt.Buffer
	i, err := f.GlyphIndex(&buf, r)
	if err != nil {
		return glyph{}, err
	}
	// The size only sets the precision of the outline: it is scaled to 1 below.
	const ppem = 1000
	segs, err := f.LoadGlyph(&buf, i, fixed.I(ppem), nil)
	if err != nil {
		return glyph{}, err
	}
	b, _, err := f.GlyphBounds(&buf, i, fixed.I(ppem), font.HintingNone)
	if err != nil {
		return glyph{}, err
	}
	height := float32(b.Max.Y - b.Min.Y)
	mx, my := float32(b.Max.X+b.Min.X)/2, float32(b.Max.Y+b.Min.Y)/2
	place := func(p fixed.Point26_6) point {
		return point{(float32(p.X) - mx) / height, (float32(p.Y) - my) / height}
	}
	g := glyph{width: float32(b.Max.X-b.Min.X) / height}
	var from point
	for _, s := range segs {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			from = place(s.Args[0])
			g.contours = append(g.contours, []point{from})
		case sfnt.SegmentOpLineTo:
			to := place(s.Args[0])
			g.curve(from, mid(from, to), to)
			from = to
		case sfnt.SegmentOpQuadTo:
			to := place(s.Args[1])
			g.curve(from, place(s.Args[0]), to)
			from = to
		default:
			return glyph{}, fmt.Errorf("outline with segment kind %d, which TrueType does not have", s.Op)
		}
	}
	return g, nil
}

// curve appends a quadratic curve to the last contour, in six pieces: at 50 pixels
// a piece is then at most 7 long, and most are shorter than 2.
func (g *glyph) curve(from, via, to point) {
	const pieces = 6
	last := &g.contours[len(g.contours)-1]
	for i := 1; i <= pieces; i++ {
		t := float32(i) / pieces
		p, q := toward(from, via, t), toward(via, to, t)
		*last = append(*last, toward(p, q, t))
	}
}

func mid(a, b point) point { return toward(a, b, 0.5) }

// toward is the point at the fraction t of the way from a to b.
func toward(a, b point, t float32) point {
	return point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t}
}
