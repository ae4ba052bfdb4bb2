package avatar_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/avatar"
)

// chunk returns a chunk of a PNG.
func chunk(name string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, name...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// pngOf returns a PNG with any header, even an invalid one. Its pixel data are bytesOfRows zero bytes, also if the
// header announces another size. The count includes the filter byte at the beginning of each row. Zeros compress to a
// thousandth of their size.
func pngOf(width, height uint32, depth, colorType, interlaced byte, bytesOfRows int64) []byte {
	header := binary.BigEndian.AppendUint32(nil, width)
	header = binary.BigEndian.AppendUint32(header, height)
	header = append(header, depth, colorType, 0, 0, interlaced)
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	_, _ = io.CopyN(z, zeros{}, bytesOfRows)
	_ = z.Close()
	return bytes.Join([][]byte{[]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header), chunk("IDAT", data.Bytes()),
		chunk("IEND", nil)}, nil)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// flatJPEG returns the progressive JPEG of testdata with one of its scans repeated as often as fits into
// an upload. The decoder visits each of 140,000 blocks for each of the scans.
func flatJPEG(t testing.TB) []byte {
	t.Helper()
	file := read(t, "flat-progressive.jpg")
	last := bytes.LastIndex(file, []byte{0xff, 0xda})
	scan := file[last : len(file)-2]
	times := (avatar.MaxFile - len(file)) / len(scan)
	return bytes.Join([][]byte{file[:last], bytes.Repeat(scan, times), file[last:]}, nil)
}

// sized returns a JPEG with another size in its frame header.
func sized(t testing.TB, file []byte, width, height uint16) []byte {
	t.Helper()
	at := bytes.Index(file, []byte{0xff, 0xc0})
	if at < 0 {
		at = bytes.Index(file, []byte{0xff, 0xc2})
	}
	out := bytes.Clone(file)
	binary.BigEndian.PutUint16(out[at+5:], height)
	binary.BigEndian.PutUint16(out[at+7:], width)
	return out
}

// manyFrames returns an animation of many large frames.
func manyFrames(t testing.TB) []byte {
	t.Helper()
	var all gif.GIF
	for range 100 {
		all.Image = append(all.Image, image.NewPaletted(image.Rect(0, 0, 300, 300), color.Palette{color.Black, color.White}))
		all.Delay = append(all.Delay, 1)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, &all); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bomb is a file that is made to exhaust the decoder.
type bomb struct {
	name string
	file []byte
	want error // nil: it is within the bounds and becomes an avatar
}

func bombs(t testing.TB) []bomb {
	t.Helper()
	hugeGIF := encoded(t, "gif", image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White}))
	binary.LittleEndian.PutUint32(hugeGIF[6:], 0xffffffff)
	lying := bytes.Clone(read(t, "turned.webp")) // the canvas is not that of the frame
	binary.LittleEndian.PutUint16(lying[24:], 0)
	photo := encoded(t, "jpeg", quarters(64, 64))
	return []bomb{
		{"PNG of 2^31 pixels a side", pngOf(1<<31-1, 1<<31-1, 8, 6, 0, 100), avatar.ErrTooLarge},
		{"PNG of 2^32 pixels a side", pngOf(1<<32-1, 1<<32-1, 8, 6, 0, 100), avatar.ErrInvalid}, // the product overflows
		{"PNG one pixel above", pngOf(16_000_001, 1, 8, 0, 0, 16_000_002), avatar.ErrTooLarge},
		{"PNG with all pixels", pngOf(4000, 4000, 8, 6, 0, 4000*(4000*4+1)), nil},
		{"PNG of a line", pngOf(16_000_000, 1, 1, 0, 0, 2_000_001), nil},
		{"PNG of a column", pngOf(1, 16_000_000, 1, 0, 0, 32_000_000), nil},
		{"PNG of 16 bits", pngOf(4000, 4000, 16, 6, 0, 4000*(4000*8+1)), avatar.ErrTooLarge},
		{"PNG of 16 bits, interlaced", pngOf(2500, 2000, 16, 6, 1, 100), avatar.ErrTooLarge},
		{"PNG, interlaced", pngOf(2800, 2800, 8, 6, 1, 4*2800*2800+15*2800/8), nil},
		{"PNG, interlaced, all pixels", pngOf(4000, 4000, 8, 6, 1, 100), avatar.ErrTooLarge},
		{"PNG whose pixels are missing", pngOf(4000, 4000, 8, 6, 0, 10), avatar.ErrInvalid},
		{"GIF of 65535 pixels a side", hugeGIF, avatar.ErrTooLarge},
		{"GIF of a hundred frames", manyFrames(t), nil},
		{"JPEG of 65535 pixels a side", sized(t, photo, 65535, 65535), avatar.ErrTooLarge},
		{"JPEG without a height", sized(t, photo, 64, 0), avatar.ErrInvalid},
		{"JPEG, progressive, 4000 a side", sized(t, read(t, "small-progressive.jpg"), 4000, 4000), avatar.ErrTooLarge},
		{"JPEG in CMYK, 4000 a side", sized(t, read(t, "cmyk.jpg"), 4000, 4000), avatar.ErrTooLarge},
		{"WebP of 4000 a side", read(t, "large.webp"), nil},
		{"WebP of two sizes", lying, avatar.ErrInvalid},
		{"a file of more than 1 MiB", append(photo, make([]byte, avatar.MaxFile)...), avatar.ErrTooLarge},
	}
}

// result is the outcome of decoding a bomb.
type result struct {
	name      string
	want      error
	sent      int
	err       error
	allocated uint64
	took      time.Duration
}

// defused has the results of all bombs. TestMain fills it before the tests run, because the runtime
// counts allocations for the whole process.
var defused []result

// defuse decodes all bombs, one after the other.
func defuse() {
	t := &testing.B{} // only for helpers, which fail if a file is missing
	m := avatar.NewTimed(time.Minute)
	for _, b := range bombs(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := m.Make(contextOfMain, b.file)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		defused = append(defused, result{b.name, b.want, len(b.file), err, after.TotalAlloc - before.TotalAlloc, took})
	}
}

// TestBombs: each bomb is refused or decoded within the bound on memory. A bomb that is refused by its
// headers allocates next to nothing.
func TestBombs(t *testing.T) {
	t.Parallel()
	for _, got := range defused {
		t.Logf("%-32s %8d bytes sent, %9d allocated, %v", got.name, got.sent, got.allocated, got.took)
		if !errors.Is(got.err, got.want) {
			t.Errorf("%s: %v, want %v", got.name, got.err, got.want)
		}
		// Besides the pixels there are the avatar itself, its encoder and the decoder's tables.
		limit := uint64(avatar.MaxMemory + 8<<20)
		if errors.Is(got.want, avatar.ErrTooLarge) {
			limit = 64 << 10
		}
		if got.allocated > limit {
			t.Errorf("%s: %d bytes were allocated", got.name, got.allocated)
		}
	}
}

// TestTime: a file that keeps the decoder busy ends when its time is up.
func TestTime(t *testing.T) {
	t.Parallel()
	file := flatJPEG(t)
	if len(file) > avatar.MaxFile {
		t.Fatalf("%d bytes", len(file))
	}
	const limit = 50 * time.Millisecond
	start := time.Now()
	_, err := avatar.NewTimed(limit).Make(t.Context(), file)
	if !errors.Is(err, avatar.ErrSlow) {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
	t.Logf("%d bytes: ended after %v", len(file), time.Since(start))
}

// TestTimedReader: a decoder reads nothing more once its time is up, and little at a time before.
func TestTimedReader(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r := avatar.NewTimedReader(ctx, make([]byte, 4096))
	buffer := make([]byte, 4096)
	if n, err := r.Read(buffer); n == 0 || n > 512 || err != nil {
		t.Errorf("%d bytes at once, %v", n, err)
	}
	cancel()
	if n, err := r.Read(buffer); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("afterwards %d bytes, %v", n, err)
	}
}

// TestNew: a Maker has a time limit of 2 s, and the given number of slots, but at least one.
func TestNew(t *testing.T) {
	t.Parallel()
	for given, want := range map[int]int{-1: 1, 0: 1, 1: 1, 3: 3} {
		if limit, slots := avatar.New(given).Bounds(); limit != 2*time.Second || slots != want {
			t.Errorf("New(%d): %v, %d slots", given, limit, slots)
		}
	}
}
