package picture

import (
	"fmt"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// point is a point of the plane, y downwards, in pixels unless stated otherwise.
type point struct{ x, y float32 }

// glyph is the outline of a digit, centered at the origin and 1 high: closed contours
// of short straight pieces, also for straight lines, so that a warp can bend them.
type glyph struct {
	contours [][]point
	width    float32
}

// face has the ten digits of one font.
type face [10]glyph

// loadFaces returns the digits of two fonts, a proportional one and a monospaced one
// with serifs, so that a solver has to learn 19 shapes instead of 10. They are the Go
// fonts (BSD license), which add 325 KB to the binary.
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
	// The zero of the second font has a stroke through it. People would read it as an
	// eight if it is drawn hollow and bent.
	faces[1][0] = faces[0][0]
	return faces, nil
}

// loadGlyph returns the outline of a character. It fails if the font does not have it.
func loadGlyph(f *sfnt.Font, r rune) (glyph, error) {
	var buf sfnt.Buffer
	i, err := f.GlyphIndex(&buf, r)
	if err != nil {
		return glyph{}, err
	}
	// The size sets only the precision of the outline, which is scaled to 1 below.
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
	// A straight line is a curve whose middle point is on the line, so that it is cut into pieces too.
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

// curve appends a quadratic Bézier curve to the last contour, in six pieces. In a digit
// of 50 pixels, a piece is at most 7 pixels long, and most are shorter than 2.
func (g *glyph) curve(from, via, to point) {
	const pieces = 6
	last := &g.contours[len(g.contours)-1]
	for i := 1; i <= pieces; i++ {
		t := float32(i) / pieces
		p, q := toward(from, via, t), toward(via, to, t)
		*last = append(*last, toward(p, q, t))
	}
}

// mid returns the point halfway between two points.
func mid(a, b point) point { return toward(a, b, 0.5) }

// toward returns the point at the fraction t of the way from a to b.
func toward(a, b point, t float32) point {
	return point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t}
}
