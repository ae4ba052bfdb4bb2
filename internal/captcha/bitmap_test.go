package captcha_test

import (
	"image"
	"slices"
)

// bitmap is a black and white image. ink is true for the foreground.
type bitmap struct {
	w, h int
	ink  []bool
}

// bitmapOf enlarges an image and applies a threshold in the middle of its palette.
func bitmapOf(m image.Image, scale int) bitmap {
	pal := m.(*image.Paletted)
	b := bitmap{w: pal.Rect.Dx() * scale, h: pal.Rect.Dy() * scale}
	for y := range b.h {
		for x := range b.w {
			b.ink = append(b.ink, int(pal.ColorIndexAt(x/scale, y/scale)) >= len(pal.Palette)/2)
		}
	}
	return b
}

// filter sets each pixel by the number of inked pixels in the square of radius r around
// it. The numbers come from a summed-area table.
func (b bitmap) filter(r int, keep func(ink, all int) bool) bitmap {
	sums := make([]int, (b.w+1)*(b.h+1))
	at := func(x, y int) *int { return &sums[y*(b.w+1)+x] }
	for y := range b.h {
		for x := range b.w {
			*at(x+1, y+1) = *at(x+1, y) + *at(x, y+1) - *at(x, y)
			if b.ink[y*b.w+x] {
				*at(x+1, y+1)++
			}
		}
	}
	out := bitmap{w: b.w, h: b.h, ink: make([]bool, len(b.ink))}
	for i := range out.ink {
		l, top := max(0, i%b.w-r), max(0, i/b.w-r)
		right, low := min(b.w, i%b.w+r+1), min(b.h, i/b.w+r+1)
		ink := *at(right, low) - *at(l, low) - *at(right, top) + *at(l, top)
		out.ink[i] = keep(ink, (right-l)*(low-top))
	}
	return out
}

func (b bitmap) erode(r int) bitmap {
	return b.filter(r, func(ink, all int) bool { return ink == all })
}

func (b bitmap) dilate(r int) bitmap {
	return b.filter(r, func(ink, _ int) bool { return ink > 0 })
}

func (b bitmap) median() bitmap {
	return b.filter(2, func(ink, all int) bool { return 2*ink > all })
}

// fill inks each connected region of background of at most limit pixels. That makes
// hollow digits solid and mostly keeps the hole of a zero.
func (b bitmap) fill(limit int) bitmap {
	out := bitmap{w: b.w, h: b.h, ink: slices.Clone(b.ink)}
	seen := slices.Clone(b.ink)
	for start := range seen {
		if seen[start] {
			continue
		}
		region := []int{start}
		seen[start] = true
		for n := 0; n < len(region); n++ {
			x, y := region[n]%b.w, region[n]/b.w
			for _, d := range [][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				u, v := x+d[0], y+d[1]
				if u >= 0 && v >= 0 && u < b.w && v < b.h && !seen[v*b.w+u] {
					seen[v*b.w+u] = true
					region = append(region, v*b.w+u)
				}
			}
		}
		if len(region) <= limit {
			for _, i := range region {
				out.ink[i] = true
			}
		}
	}
	return out
}

func (b bitmap) gray() image.Image {
	g := image.NewGray(image.Rect(0, 0, b.w, b.h))
	for i, ink := range b.ink {
		if !ink {
			g.Pix[i] = 255
		}
	}
	return g
}

// count returns the number of inked pixels.
func (b bitmap) count() (n int) {
	for _, ink := range b.ink {
		if ink {
			n++
		}
	}
	return n
}
