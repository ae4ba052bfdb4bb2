package avatar

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"golang.org/x/image/webp"
)

const (
	// MaxFile is the size of the largest upload in bytes. A page is expected to scale a photo down
	// before it sends it.
	MaxFile = 1 << 20
	// MaxPixels bounds width times height. Common cameras have 12 million pixels.
	MaxPixels = 16_000_000
	// MaxMemory bounds what a decoder allocates for one picture, in bytes: about MaxPixels of four
	// bytes each. For an ordinary picture the decoders keep one to four bytes of each pixel.
	MaxMemory = 64 << 20
	// MaxTime bounds the decoding of one picture. It is far below the time limit of a request, and far above
	// the time of a photo, which is some tenths of a second.
	MaxTime = 2 * time.Second
	// MaxData is the size of the largest [Picture] in bytes. It is a bound of the database, too.
	MaxData = 128 << 10
	// Side is the width and the height of an avatar in pixels: twice what pages show, for screens of
	// a high density.
	Side = 256
)

var (
	// ErrInvalid means that a file is damaged, or is not a picture of an accepted format.
	ErrInvalid = errors.New("avatar: not a picture that can be read")
	// ErrTooLarge means that a picture needs more pixels or memory than allowed.
	ErrTooLarge = errors.New("avatar: the picture is too large to be decoded")
	// ErrSlow means that the decoding took more than MaxTime. Either the file is made for that, or the machine
	// is busy. These cannot be distinguished, so a repetition is allowed but must be counted.
	ErrSlow = errors.New("avatar: the picture took too long to be decoded")
	// ErrBusy means that all slots are in use. A repetition may succeed a moment later.
	ErrBusy = errors.New("avatar: too many pictures at once")
)

// Picture is a finished avatar.
type Picture struct {
	Hash  string // SHA-256 of Data in hexadecimal
	Media string // image/jpeg, or image/png if parts of it are transparent
	Data  []byte // MaxData bytes at most
}

// Maker makes avatars. It is safe for concurrent use.
type Maker struct {
	slots chan struct{} // has one element for each picture that is being decoded
	time  time.Duration // MaxTime, or less in tests
}

// New returns a Maker that decodes up to slots pictures at a time, at least one. More slots than
// processors only make each picture slower.
func New(slots int) *Maker {
	return &Maker{slots: make(chan struct{}, max(1, slots)), time: MaxTime}
}

// Make returns the avatar of a file: the largest square in its middle, scaled to [Side]. Its error
// is [ErrInvalid], [ErrTooLarge], [ErrSlow] or [ErrBusy], wrapped with the cause for the log, or that of ctx.
// The cause has nothing of the file but its kind, its size and single numbers of its headers.
func (m *Maker) Make(ctx context.Context, file []byte) (Picture, error) {
	// The contract bounds an upload, too. This check bounds the time that reading the headers takes.
	if len(file) > MaxFile {
		return Picture{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(file))
	}
	// This reads only the headers, which takes microseconds.
	h, err := readHeader(file)
	if err != nil {
		return Picture{}, err
	}
	if err := h.check(); err != nil {
		return Picture{}, err
	}
	// The slot is taken after this check, so a file that is refused by its headers takes none.
	select {
	case m.slots <- struct{}{}:
	default: // no waiting: see the package's comment
		return Picture{}, ErrBusy
	}
	defer func() { <-m.slots }()
	// The bound is measured by the machine's clock and not by the database's, because it bounds work.
	limited, cancel := context.WithTimeout(ctx, m.time)
	defer cancel()
	decoded, err := decode(limited, h.kind, file)
	if err == nil {
		var square *image.RGBA
		if square, err = squareOf(limited, decoded); err == nil {
			// The orientation is applied last, because to turn a small square is cheap.
			return encode(h.turn.apply(square))
		}
	}
	// If the time is up, the decoder's own error does not matter: it may be any consequence of the
	// error that the reader timed has returned.
	switch {
	case ctx.Err() != nil: // the client is gone, or the request's own time is up
		return Picture{}, ctx.Err()
	case limited.Err() != nil:
		return Picture{}, fmt.Errorf("%w: %s took more than %v", ErrSlow, h.kind, m.time)
	}
	return Picture{}, err
}

// decode decodes a file of a known kind. Its decoders are the standard library's and, for WebP, that
// of golang.org/x/image. If one of them panics, decode returns ErrInvalid: the file is damaged.
func decode(ctx context.Context, k kind, file []byte) (decoded image.Image, err error) {
	defer func() {
		if recover() != nil {
			decoded, err = nil, fmt.Errorf("%w: the decoder of %s panicked", ErrInvalid, k)
		}
	}()
	// The decoder is chosen by the kind that the headers gave. image.Decode would also accept formats
	// that other packages register.
	r := &timed{ctx, bytes.NewReader(file)}
	switch k {
	case kindJPEG:
		decoded, err = jpeg.Decode(r)
	case kindPNG:
		decoded, err = png.Decode(r)
	case kindGIF:
		decoded, err = gif.Decode(r) // stops after the first frame
	default:
		decoded, err = webp.Decode(r)
	}
	if err != nil {
		// The decoders' messages say what is wrong. Some name a number, such as an unknown type of block, but no text
		// of the file.
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalid, k, err)
	}
	// No decoder is known to return an empty picture, but squareOf would divide by zero.
	if decoded.Bounds().Empty() {
		return nil, fmt.Errorf("%w: %s without a pixel", ErrInvalid, k)
	}
	return decoded, nil
}

// timed is a reader that fails when its context has ended. It returns few bytes at a time: a scan of a
// progressive JPEG may have only 20 bytes, and for each scan the decoder visits the whole picture.
type timed struct {
	ctx context.Context
	r   io.Reader
}

// Read reads at most 512 bytes.
func (t *timed) Read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil { // check: avatar-time
		return 0, err
	}
	return t.r.Read(p[:min(len(p), 512)])
}

// quality is the quality of JPEGs. A higher one is not visible at 256 pixels.
const quality = 85

// encode encodes a square as JPEG, or as PNG if a part of it is transparent. If the PNG is larger than
// MaxData, as one of noise or of very fine detail, the square gets a white background and becomes a JPEG.
func encode(square *image.RGBA) (Picture, error) {
	var out bytes.Buffer
	media := "image/jpeg"
	if !square.Opaque() {
		media = "image/png"
		if err := png.Encode(&out, square); err != nil {
			return Picture{}, fmt.Errorf("avatar: %w", err)
		}
		if out.Len() > MaxData {
			media = "image/jpeg"
			out.Reset()
			whiten(square)
		}
	}
	if media == "image/jpeg" {
		if err := jpeg.Encode(&out, square, &jpeg.Options{Quality: quality}); err != nil {
			return Picture{}, fmt.Errorf("avatar: %w", err)
		}
	}
	// The hash is that of the encoded form, so it tells nothing about the uploaded file.
	sum := sha256.Sum256(out.Bytes())
	return Picture{Hash: hex.EncodeToString(sum[:]), Media: media, Data: out.Bytes()}, nil
}
