package avatar

import (
	"encoding/binary"
	"fmt"
	"math"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// readPNG reads the header IHDR (PNG specification, 11.2.1), which is the first chunk, and looks for
// the chunk eXIf, which may have an orientation.
func readPNG(file []byte) (header, error) {
	// The decoder accepts no other chunk before IHDR, and no second IHDR.
	rest := file[len(pngSignature):]
	if len(rest) < 8+13 || string(rest[4:8]) != "IHDR" || binary.BigEndian.Uint32(rest) != 13 {
		return header{}, fmt.Errorf("%w: PNG without its header", ErrInvalid)
	}
	fields := rest[8 : 8+13]
	width, height := binary.BigEndian.Uint32(fields), binary.BigEndian.Uint32(fields[4:])
	// The specification bounds each side, and the decoder refuses a longer one, too. Here each must fit into an int.
	if width > math.MaxInt32 || height > math.MaxInt32 {
		return header{}, fmt.Errorf("%w: PNG with a side above 2^31-1", ErrInvalid)
	}
	h := header{kind: kindPNG, width: int(width), height: int(height)}
	if uint64(width)*uint64(height) > MaxPixels { // the product fits, as both have 32 bits
		return h, nil
	}
	depth, color, interlaced := fields[8], fields[9], fields[12] != 0
	// The decoder keeps up to four values of a pixel, since gray and RGB may have a transparent color;
	// a palette's index is one byte.
	perPixel := int64(4)
	switch {
	case color == 3:
		perPixel = 1
	case depth == 16:
		perPixel = 8
	}
	// The passes of an interlaced picture are decoded into pictures of their own, which together are as large.
	if interlaced {
		perPixel *= 2
	}
	h.memory = int64(h.width) * int64(h.height) * perPixel
	// Cameras write JPEG. Screenshots of phones are PNG, some of them with this chunk.
	h.turn = orientationOf(pngChunk(rest, "eXIf"))
	return h, nil
}

// pngChunk returns the data of the first chunk of a type, or nil. It does not check the checksums, which
// the decoder does for the chunks that it uses.
func pngChunk(rest []byte, name string) []byte {
	for len(rest) >= 8 {
		length, found := uint64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if length > uint64(len(rest)-8) {
			return nil // cut off: the decoder refuses it
		}
		if found == name {
			return rest[8 : 8+length]
		}
		rest = rest[min(uint64(len(rest)), 8+length+4):] // with its checksum
	}
	return nil
}
