package picture

import (
	"bytes"
	"image"
	"image/png"
	"sync"
)

// MaxSize bounds the size of an image in bytes: uncompressed pixels of 4 bits each, a
// filter byte for each row, and 400 bytes for the headers and the palette.
const MaxSize = Width*Height/2 + Height + 400

// encoder encodes PNGs and reuses its compressors, whose tables are the largest
// allocation of a challenge. It is safe for concurrent use.
type encoder struct{ png *png.Encoder }

// newEncoder returns an encoder that prefers speed: noise compresses badly anyway, and in a flood of
// requests for pictures the processor is the first thing that is used up.
func newEncoder() encoder {
	return encoder{&png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: new(buffers)}}
}

// encode returns the PNG of an image. It first allocates half of MaxSize, and most pictures need no
// more.
func (e encoder) encode(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(MaxSize / 2)
	if err := e.png.Encode(&out, img); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// buffers is a png.EncoderBufferPool, safe for concurrent use.
type buffers struct{ pool sync.Pool }

// Get returns a buffer for reuse, or nil, and then the encoder allocates one.
func (b *buffers) Get() *png.EncoderBuffer {
	buf, _ := b.pool.Get().(*png.EncoderBuffer)
	return buf
}

// Put stores a buffer for reuse.
func (b *buffers) Put(buf *png.EncoderBuffer) { b.pool.Put(buf) }
