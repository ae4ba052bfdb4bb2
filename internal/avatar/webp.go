package avatar

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"golang.org/x/image/webp"
)

// readWebP walks the chunks of the container (RFC 9649, section 2). It refuses lossless data before the
// decoder sees it; the package's comment says why.
func readWebP(file []byte) (header, error) {
	// The orientation stands in a chunk behind the picture.
	var exif []byte
	for rest := file[12:]; len(rest) >= 8; {
		length := uint64(binary.LittleEndian.Uint32(rest[4:]))
		data := rest[8:]
		data = data[:min(length, uint64(len(data)))]
		switch name := string(rest[:4]); {
		case name == "VP8L", name == "ALPH" && (len(data) == 0 || data[0]&3 != 0): // check: avatar-lossless
			return header{}, fmt.Errorf("%w: lossless WebP", ErrInvalid)
		case name == "EXIF" && exif == nil:
			exif = data
		}
		rest = rest[min(uint64(len(rest)), 8+length+length%2):] // chunks are padded to even sizes
	}
	// DecodeConfig reads the extended header, or that of the frame if there is no extended one, and
	// allocates no pixels. Decode refuses a frame whose size is not that of the extended header.
	config, err := webp.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return header{}, fmt.Errorf("%w: WebP: %w", ErrInvalid, err)
	}
	h := header{kind: kindWebP, width: config.Width, height: config.Height, turn: orientationOf(exif)}
	// For each pixel one byte of luma, half a byte of chroma and one of alpha; the rest is for the
	// decoder's own rows.
	h.memory = 3 * int64(config.Width) * int64(config.Height)
	return h, nil
}
