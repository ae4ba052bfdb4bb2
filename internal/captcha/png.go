package captcha

import (
	"bytes"
	"image"
	"image/png"
	"sync"
)

// MaxImage bounds an image's size in bytes: what the pixels have uncompressed at
// four bits each, and the headers.
const MaxImage = Width*Height/2 + Height + 400

// encoder writes PNGs and reuses the compressor, whose tables are by far the
// largest allocation of a challenge.
type encoder struct{ png *png.Encoder }

func newEncoder() encoder {
	return encoder{&png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: new(buffers)}}
}

func (e encoder) encode(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(MaxImage / 2)
	if err := e.png.Encode(&out, img); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// buffers is a png.EncoderBufferPool, safe for concurrent use.
type buffers struct{ pool sync.Pool }

// Get returns a used buffer, or nil, which makes the encoder allocate one.
func (b *buffers) Get() *png.EncoderBuffer {
	buf, _ := b.pool.Get().(*png.EncoderBuffer)
	return buf
}

// Put takes a buffer back.
func (b *buffers) Put(buf *png.EncoderBuffer) { b.pool.Put(buf) }
