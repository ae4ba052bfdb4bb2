package avatar

import (
	"bytes"
	"fmt"
	"image/gif"
)

// kind is the format of a file, by its first bytes. A name or a type that the client sends is not used.
type kind string

const (
	kindJPEG kind = "JPEG"
	kindPNG  kind = "PNG"
	kindGIF  kind = "GIF"
	kindWebP kind = "WebP"
)

// header is what is known of a picture before it is decoded.
type header struct {
	kind          kind
	width, height int
	memory        int64 // bound of what the decoder allocates, in bytes; 0 for a PNG of too many pixels
	turn          orientation
}

// check refuses a picture that would take too much to decode.
func (h header) check() error {
	if h.width <= 0 || h.height <= 0 {
		return fmt.Errorf("%w: %s without a pixel", ErrInvalid, h.kind)
	}
	// Both are below 2^31, so that the product fits.
	pixels := int64(h.width) * int64(h.height)
	if pixels > MaxPixels { // check: avatar-pixels
		return fmt.Errorf("%w: %s of %d × %d pixels", ErrTooLarge, h.kind, h.width, h.height)
	}
	if h.memory > MaxMemory { // check: avatar-memory
		return fmt.Errorf("%w: %s of %d × %d pixels needs %d bytes", ErrTooLarge, h.kind, h.width, h.height, h.memory)
	}
	return nil
}

// readHeader reads the headers of a file. It uses no decoder that allocates what a header announces.
func readHeader(file []byte) (header, error) {
	// Every other format is refused. One of them is SVG, a document that can have scripts.
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		return readJPEG(file)
	case bytes.HasPrefix(file, []byte(pngSignature)):
		return readPNG(file)
	case bytes.HasPrefix(file, []byte("GIF87a")), bytes.HasPrefix(file, []byte("GIF89a")):
		return readGIF(file)
	case len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP":
		return readWebP(file)
	}
	return header{}, fmt.Errorf("%w: neither JPEG nor PNG, GIF or WebP", ErrInvalid)
}

// readGIF reads the size of the canvas. The decoder refuses a frame that does not lie within it, and
// keeps one byte for each pixel of the first frame.
func readGIF(file []byte) (header, error) {
	config, err := gif.DecodeConfig(bytes.NewReader(file)) // allocates a palette and no pixels
	if err != nil {
		return header{}, fmt.Errorf("%w: GIF: %w", ErrInvalid, err)
	}
	return header{
		kind: kindGIF, width: config.Width, height: config.Height,
		memory: int64(config.Width) * int64(config.Height),
	}, nil
}
