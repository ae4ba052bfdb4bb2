package avatar_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/avatar"
)

// quarters is a picture whose corners have four colors: red, green, blue and white, in the order of
// reading.
func quarters(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, corners[2*(2*y/height)+2*x/width])
		}
	}
	return m
}

var corners = []color.NRGBA{{R: 255, A: 255}, {G: 255, A: 255}, {B: 255, A: 255}, {R: 255, G: 255, B: 255, A: 255}}

// read returns a file of testdata.
func read(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// encoded returns a picture as a file.
func encoded(t testing.TB, kind string, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	var err error
	switch kind {
	case "jpeg":
		err = jpeg.Encode(&out, m, &jpeg.Options{Quality: 95})
	case "png":
		err = png.Encode(&out, m)
	case "gif":
		palette := color.Palette{color.Transparent}
		for _, c := range corners {
			palette = append(palette, c)
		}
		drawn := image.NewPaletted(m.Bounds(), palette)
		draw.Draw(drawn, drawn.Bounds(), m, m.Bounds().Min, draw.Src)
		err = gif.Encode(&out, drawn, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// made returns the avatar of a file, decoded.
func made(t testing.TB, file []byte) (avatar.Picture, image.Image) {
	t.Helper()
	p, err := avatar.NewTimed(time.Hour).Make(t.Context(), file) // however slow the machine is
	if err != nil {
		t.Fatal(err)
	}
	m, kind, err := image.Decode(bytes.NewReader(p.Data))
	if err != nil || "image/"+kind != p.Media {
		t.Fatalf("%s of %s: %v", kind, p.Media, err)
	}
	if size := m.Bounds().Size(); size != image.Pt(avatar.Side, avatar.Side) || len(p.Data) > avatar.MaxData {
		t.Fatalf("an avatar of %v and %d bytes", size, len(p.Data))
	}
	return p, m
}

// seen names the colors in the four corners: r, g, b, w, and - for a transparent one.
func seen(m image.Image) (s string) {
	for _, at := range []image.Point{{20, 20}, {235, 20}, {20, 235}, {235, 235}} {
		r, g, b, a := m.At(at.X, at.Y).RGBA()
		switch high := func(v uint32) bool { return v > 0xb000 }; {
		case a < 0x4000:
			s += "-"
		case high(r) && high(g) && high(b):
			s += "w"
		case high(r):
			s += "r"
		case high(g):
			s += "g"
		case high(b):
			s += "b"
		default:
			s += "?"
		}
	}
	return s
}

// TestKinds: pictures of all kinds and sizes become squares of one size, cut out of their middle.
func TestKinds(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"jpeg", "png", "gif"} {
		for _, size := range []image.Point{{1, 1}, {3, 2}, {256, 256}, {255, 257}, {500, 350}, {300, 1000}} {
			t.Run(fmt.Sprint(kind, size), func(t *testing.T) {
				t.Parallel()
				_, m := made(t, encoded(t, kind, quarters(size.X, size.Y)))
				if size.X > 100 && size.Y < 2*size.X && seen(m) != "rgbw" {
					t.Errorf("corners %s", seen(m))
				}
			})
		}
	}
	for name, want := range map[string]string{"small-progressive.jpg": "rgr?", "cmyk.jpg": "rrrr"} {
		if _, m := made(t, read(t, name)); seen(m) != want {
			t.Errorf("%s: corners %s, want %s", name, seen(m), want)
		}
	}
}

// TestTransparency: transparent parts stay transparent. If the PNG would be larger than MaxData, as for transparent
// noise, the picture becomes a JPEG.
func TestTransparency(t *testing.T) {
	t.Parallel()
	m := quarters(500, 500)
	for y := range 250 {
		for x := range 250 {
			m.SetNRGBA(x, y, color.NRGBA{})
		}
	}
	p, got := made(t, encoded(t, "png", m))
	if p.Media != "image/png" || seen(got) != "-gbw" {
		t.Errorf("%s, corners %s", p.Media, seen(got))
	}
	noise := image.NewNRGBA(image.Rect(0, 0, 256, 256))
	state := uint32(1)
	for i := range noise.Pix {
		state = state*1664525 + 1013904223
		noise.Pix[i] = byte(state >> 24)
	}
	if p, _ := made(t, encoded(t, "png", noise)); p.Media != "image/jpeg" {
		t.Errorf("noise became %s of %d bytes", p.Media, len(p.Data))
	}
}

// exif returns a TIFF structure with an orientation and a text.
func exif(order string, orientation byte) []byte {
	if order == "II" {
		return []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string(orientation) +
			"\x00\x00\x00" + canary)
	}
	return []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(orientation) +
		"\x00\x00" + canary)
}

// canary stands in the metadata of the tests' files.
const canary = "cAnArY-Latitude-52.5200"

// withExif puts a segment APP1 behind the start of a JPEG.
func withExif(file, tiff []byte) []byte {
	data := append([]byte("Exif\x00\x00"), tiff...)
	segment := append([]byte{0xff, 0xe1, byte((len(data) + 2) >> 8), byte(len(data) + 2)}, data...)
	return bytes.Join([][]byte{file[:2], segment, file[2:]}, nil)
}

// TestOrientation: each of the eight ways to hold a camera is undone, and the metadata is gone.
func TestOrientation(t *testing.T) {
	t.Parallel()
	file := encoded(t, "jpeg", quarters(600, 400))
	for orientation, want := range map[byte]string{
		0: "rgbw", 1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb", 9: "rgbw",
	} {
		for _, order := range []string{"II", "MM"} {
			p, m := made(t, withExif(file, exif(order, orientation)))
			if seen(m) != want {
				t.Errorf("%s %d: corners %s, want %s", order, orientation, seen(m), want)
			}
			if bytes.Contains(p.Data, []byte(canary)) || bytes.Contains(p.Data, []byte("Exif")) {
				t.Errorf("%s %d: the metadata is still there", order, orientation)
			}
		}
	}
	// The WebP file is a picture of red, yellow, black and green that lies on its side.
	_, turned := made(t, read(t, "turned.webp"))
	if r, g, _, _ := turned.At(20, 20).RGBA(); r < 0xb000 || g > 0x4000 {
		t.Errorf("turned.webp: the corner is %x %x", r, g)
	}
}

// TestNoMetadata: nothing of a file but its colors is in the avatar: comments, profiles, texts, bytes
// behind the picture.
func TestNoMetadata(t *testing.T) {
	t.Parallel()
	page := []byte("<script>alert('" + canary + "')</script>PK\x03\x04")
	m := quarters(300, 300)
	withComment := encoded(t, "jpeg", m)
	withComment = bytes.Join([][]byte{withComment[:2], {0xff, 0xfe, 0, byte(2 + len(page))}, page, withComment[2:]}, nil)
	withText := encoded(t, "png", m)
	withText = bytes.Join([][]byte{withText[:33], chunk("tEXt", page), withText[33:], page}, nil)
	noWebPMetadata(t, page)
	for name, file := range map[string][]byte{
		"jpeg": append(encoded(t, "jpeg", m), page...), "jpeg comment": withComment, "png": withText,
		"gif": append(encoded(t, "gif", m), page...),
	} {
		p, got := made(t, file)
		if seen(got) != "rgbw" || bytes.Contains(p.Data, []byte("script")) || bytes.Contains(p.Data, []byte(canary)) {
			t.Errorf("%s: corners %s", name, seen(got))
		}
		// The same colors give the same avatar, with and without other contents of the file.
		if kind, _, _ := strings.Cut(name, " "); kind != "gif" {
			if clean, _ := made(t, encoded(t, kind, m)); clean.Hash != p.Hash {
				t.Errorf("%s: another avatar than that of the clean file", name)
			}
		}
	}
}

// noWebPMetadata: each chunk that a WebP may have beside its frame is left out of the avatar, which is that of the file
// without the chunk.
func noWebPMetadata(t *testing.T, page []byte) {
	t.Helper()
	file := read(t, "turned.webp")
	size, frame := file[21:30], file[30:]
	if length := binary.LittleEndian.Uint32(frame[4:]); string(file[12:16])+string(frame[:4]) == "VP8XVP8 " {
		frame = frame[:8+length] // without the EXIF chunk behind it
	} else {
		t.Fatalf("the file has %q and %q", file[12:16], frame[:4])
	}
	extended := func(flags byte, before, after []byte) []byte {
		header := riff("VP8X", append([]byte{flags}, size...))
		return riff("RIFF", bytes.Join([][]byte{[]byte("WEBP"), header, before, frame, after}, nil))
	}
	clean, _ := made(t, extended(0, nil, nil))
	for _, c := range []struct {
		name   string
		flag   byte
		behind bool // behind the frame, where RFC 9649 wants it
	}{{"ICCP", 0x20, false}, {"EXIF", 0x08, true}, {"XMP ", 0x04, true}, {"note", 0, true}} {
		before, after := riff(c.name, page), []byte(nil)
		if c.behind {
			before, after = nil, before
		}
		p, _ := made(t, append(extended(c.flag, before, after), page...))
		if bytes.Contains(p.Data, []byte("script")) || bytes.Contains(p.Data, []byte(canary)) {
			t.Errorf("WebP %s: it is in the avatar", c.name)
		}
		if p.Hash != clean.Hash {
			t.Errorf("WebP %s: another avatar than that of the clean file", c.name)
		}
	}
}

// riff returns a chunk of a RIFF file (RFC 9649, section 2.3).
func riff(name string, data []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data)))
	return append(out, append(data[:len(data):len(data)], make([]byte, len(data)%2)...)...)
}

// TestInvalid: a file that is not a picture, or that is cut off, is refused as invalid.
func TestInvalid(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{
		"empty": nil, "text": []byte("hello"), "svg": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"),
		"html": []byte("<!DOCTYPE html><script>alert(1)</script>"), "pdf": []byte("%PDF-1.7"),
		"lossless WebP": read(t, "lossless.webp"), "lossless alpha": read(t, "alpha.webp"),
		"animated WebP": read(t, "animated.webp"),
		"jpeg start":    []byte("\xff\xd8\xff"), "riff": []byte("RIFF\x00\x00\x00\x00WEBP"), "gif": []byte("GIF89a"),
	}
	sources := map[string][]byte{
		"jpeg": encoded(t, "jpeg", quarters(40, 30)), "png": encoded(t, "png", quarters(40, 30)),
		"gif": encoded(t, "gif", quarters(40, 30)), "webp": read(t, "turned.webp"),
	}
	for name, file := range sources {
		for n := 0; n < len(file)/2; n += 1 + len(file)/50 {
			files[fmt.Sprint(name, " of ", n)] = file[:n]
		}
	}
	for name, file := range files {
		if _, err := avatar.New(1).Make(t.Context(), file); !errors.Is(err, avatar.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSlots: a picture beyond the slots is refused and does not wait; a file that is refused by its headers
// takes no slot.
func TestSlots(t *testing.T) {
	t.Parallel()
	m := avatar.New(1)
	release := m.TakeSlot()
	if _, err := m.Make(t.Context(), encoded(t, "png", quarters(2, 2))); !errors.Is(err, avatar.ErrBusy) {
		t.Errorf("beyond the slots: %v", err)
	}
	if _, err := m.Make(t.Context(), []byte("hello")); !errors.Is(err, avatar.ErrInvalid) {
		t.Errorf("no picture: %v", err)
	}
	release()
	if _, err := m.Make(t.Context(), encoded(t, "png", quarters(2, 2))); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestCanceled: when the client is gone, the error is that of its context and not a refusal.
func TestCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := avatar.New(1).Make(ctx, encoded(t, "jpeg", quarters(600, 600)))
	if !errors.Is(err, context.Canceled) || errors.Is(err, avatar.ErrInvalid) {
		t.Error(err)
	}
}

func FuzzMake(f *testing.F) {
	for _, kind := range []string{"jpeg", "png", "gif"} {
		f.Add(encoded(f, kind, quarters(9, 7)))
	}
	for _, name := range []string{"turned.webp", "alpha.webp", "lossless.webp", "small-progressive.jpg", "cmyk.jpg"} {
		f.Add(read(f, name))
	}
	f.Add(withExif(encoded(f, "jpeg", quarters(9, 7)), exif("II", 6)))
	m := avatar.New(1)
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := m.Make(t.Context(), file)
		if err != nil {
			if !errors.Is(err, avatar.ErrInvalid) && !errors.Is(err, avatar.ErrTooLarge) && !errors.Is(err, avatar.ErrBusy) {
				t.Error(err)
			}
			return
		}
		if c, _, err := image.DecodeConfig(bytes.NewReader(p.Data)); err != nil || c.Width != avatar.Side {
			t.Errorf("%v %v", c, err)
		}
	})
}
