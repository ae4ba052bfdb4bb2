package picture_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/enroll-project/enroll/internal/captcha/picture"
)

// TestDraw: the digits and the seed determine the picture, and each of them changes it. More
// digits than a challenge has fit as well.
func TestDraw(t *testing.T) {
	t.Parallel()
	artist, err := picture.New()
	if err != nil {
		t.Fatal(err)
	}
	draw := func(digits string, seed byte) []byte {
		data, err := artist.Draw([]byte(digits), [32]byte{seed})
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := png.Decode(bytes.NewReader(data))
		if err != nil || decoded.Bounds() != image.Rect(0, 0, picture.Width, picture.Height) {
			t.Errorf("%s: %v, %v", digits, decoded.Bounds(), err)
		}
		if len(data) > picture.MaxSize {
			t.Errorf("%s: %d bytes, bound %d", digits, len(data), picture.MaxSize)
		}
		return data
	}
	first := draw("314159", 1)
	if !bytes.Equal(first, draw("314159", 1)) {
		t.Error("the same digits and seed give another picture")
	}
	if bytes.Equal(first, draw("314159", 2)) {
		t.Error("another seed gives the same picture")
	}
	if bytes.Equal(first, draw("314158", 1)) {
		t.Error("other digits give the same picture")
	}
	draw("0123456789", 3)
}
