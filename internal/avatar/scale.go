package avatar

import (
	"context"
	"image"
	"image/color"
	stddraw "image/draw"

	"golang.org/x/image/draw"
)

// squareOf returns the largest square in the middle of a picture, scaled to Side. A larger picture is
// averaged strip by strip, so that it takes no second copy of its pixels.
func squareOf(ctx context.Context, m image.Image) (*image.RGBA, error) {
	b := m.Bounds()
	side := min(b.Dx(), b.Dy())
	corner := b.Min.Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2))
	out := image.NewRGBA(image.Rect(0, 0, Side, Side))
	// A small picture is enlarged, so that all avatars have one size.
	if side <= Side {
		draw.CatmullRom.Scale(out, out.Bounds(), m, image.Rectangle{corner, corner.Add(image.Pt(side, side))}, draw.Src, nil)
		return out, nil
	}
	// The strip has the largest number of rows from which one row of the avatar is made.
	strip := image.NewRGBA(image.Rect(0, 0, side, (side+Side-1)/Side))
	for y := range Side {
		// Drawing 16 million pixels takes some tenths of a second, which count as decoding.
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from, to := y*side/Side, (y+1)*side/Side
		rows := image.Rect(0, 0, side, to-from)
		// The standard library's Draw converts the color models of all decoders fast.
		stddraw.Draw(strip, rows, m, corner.Add(image.Pt(0, from)), stddraw.Src)
		for x := range Side {
			out.SetRGBA(x, y, average(strip, image.Rect(x*side/Side, 0, (x+1)*side/Side, to-from)))
		}
	}
	return out, nil
}

// average returns the mean color of a part of a picture. Colors are premultiplied, so that a transparent
// pixel adds no color of its own.
func average(m *image.RGBA, part image.Rectangle) color.RGBA {
	var sum [4]int
	for y := part.Min.Y; y < part.Max.Y; y++ {
		row := m.Pix[m.PixOffset(part.Min.X, y):m.PixOffset(part.Max.X, y)]
		for i := 0; i < len(row); i += 4 {
			for c := range sum {
				sum[c] += int(row[i+c])
			}
		}
	}
	n := part.Dx() * part.Dy() // 1 at least: the side is above Side
	mean := func(c int) uint8 { return uint8((sum[c] + n/2) / n) }
	return color.RGBA{R: mean(0), G: mean(1), B: mean(2), A: mean(3)}
}

// whiten puts a white background behind a picture.
func whiten(m *image.RGBA) {
	for i := 0; i < len(m.Pix); i += 4 {
		missing := 255 - m.Pix[i+3]
		for c := range 3 {
			m.Pix[i+c] += missing // premultiplied: at most alpha, so the sum fits
		}
		m.Pix[i+3] = 255
	}
}
