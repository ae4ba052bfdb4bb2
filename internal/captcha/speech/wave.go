package speech

import (
	"encoding/binary"
	"math"
)

// audioRate is the number of samples a second. Telephones have the same rate, so spoken digits are
// intelligible.
const audioRate = 8000

// wavHeader is the length of a WAV header in bytes.
const wavHeader = 44

// MaxSize bounds the result of Say for six digits, in bytes: eight seconds and the header.
const MaxSize = 64 << 10

// wave is sound at audioRate. The root mean square of speech is 1.
type wave []float32

// wave returns the clip with a root mean square of 1.
func (c clip) wave() wave {
	var power float64
	for _, v := range c {
		power += float64(v) * float64(v)
	}
	scale := float32(math.Sqrt(float64(len(c)) / power))
	w := make(wave, len(c))
	for i, v := range c {
		w[i] = float32(v) * scale
	}
	return w
}

// times multiplies the samples in place.
func (w wave) times(level float32) wave {
	for i := range w {
		w[i] *= level
	}
	return w
}

// pitched returns the wave at another speed, by linear interpolation: its pitch is
// multiplied by factor and its length divided.
func (w wave) pitched(factor float32) wave {
	out := make(wave, int(float32(len(w)-1)/factor))
	for i := range out {
		at := float32(i) * factor
		n := int(at)
		out[i] = w[n] + (w[n+1]-w[n])*(at-float32(n))
	}
	return out
}

// stretched returns the wave with its length multiplied by factor and the same pitch.
// It overlaps short pieces, each taken from the place that continues the last piece
// best (WSOLA; Verhelst and Roelands, 1993).
func (w wave) stretched(factor float32) wave {
	const (
		hop  = audioRate * 15 / 1000
		seek = audioRate * 6 / 1000 // to each side: 12 ms in all, a period of a low voice
	)
	out := make(wave, int(float32(len(w))*factor))
	padded := make(wave, len(w)+3*hop+2*seek)
	copy(padded, w)
	from := 0
	for at := 0; at < len(out); at += hop {
		goal := int(float32(at) / factor)
		if at > 0 {
			from = padded.like(padded[from+hop:][:hop], max(0, goal-seek), goal+seek)
		}
		for i := range min(2*hop, len(out)-at) {
			// Triangles that overlap by half add up to 1. The first piece has no
			// neighbor in its first half.
			rise := min(float32(i)/hop, 2-float32(i)/hop)
			if at == 0 && i < hop {
				rise = 1
			}
			out[at+i] += rise * padded[from+i]
		}
	}
	return out
}

// like returns the offset from lo to hi at which the wave correlates best with piece.
func (w wave) like(piece wave, lo, hi int) (best int) {
	best, most := lo, float32(math.Inf(-1))
	for at := lo; at <= hi && at+len(piece) <= len(w); at++ {
		var sum float32
		for i, v := range w[at : at+len(piece)] {
			sum += v * piece[i]
		}
		if sum > most {
			best, most = at, sum
		}
	}
	return best
}

// wav encodes the wave as 8-bit PCM at the highest level without clipping. All browsers
// play PCM, and not all of them G.711, which has a better resolution of quiet samples.
func (w wave) wav() []byte {
	var peak float32
	for _, v := range w {
		peak = max(peak, v, -v)
	}
	size := len(w) + len(w)%2 // a chunk has an even number of bytes
	out := make([]byte, wavHeader, wavHeader+size)
	copy(out, "RIFF    WAVEfmt                     data")
	put := binary.LittleEndian
	put.PutUint32(out[4:], uint32(wavHeader-8+size))
	put.PutUint32(out[16:], 16)        // bytes of the format
	put.PutUint16(out[20:], 1)         // PCM
	put.PutUint16(out[22:], 1)         // channels
	put.PutUint32(out[24:], audioRate) // samples a second
	put.PutUint32(out[28:], audioRate) // bytes a second
	put.PutUint16(out[32:], 1)         // bytes of a sample
	put.PutUint16(out[34:], 8)         // bits of a sample
	put.PutUint32(out[40:], uint32(len(w)))
	for _, v := range w {
		out = append(out, byte(128+math.Round(float64(v/peak)*126)))
	}
	return append(out, make([]byte, size-len(w))...)
}
