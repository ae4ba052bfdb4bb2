package captcha

import (
	"encoding/binary"
	"math"
)

// audioRate is the number of samples a second: that of telephones, enough to tell
// digits apart.
const audioRate = 8000

// wavHeader is the length of a WAV's header in bytes.
const wavHeader = 44

// MaxAudio bounds what Speak returns, in bytes: eight seconds and their header.
const MaxAudio = 64 << 10

// wave is sound: audioRate samples a second. Speech has an effective level of 1.
type wave []float32

// wave returns the clip at the level of all clips.
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

func (w wave) times(level float32) wave {
	for i := range w {
		w[i] *= level
	}
	return w
}

// pitched plays the wave at another speed, which changes its pitch and, inversely,
// its length.
func (w wave) pitched(factor float32) wave {
	out := make(wave, int(float32(len(w)-1)/factor))
	for i := range out {
		at := float32(i) * factor
		n := int(at)
		out[i] = w[n] + (w[n+1]-w[n])*(at-float32(n))
	}
	return out
}

// stretched makes the wave longer by the factor and keeps its pitch: it lays short
// pieces over each other and takes each from where it continues the last one best
// (WSOLA; Verhelst and Roelands, 1993).
func (w wave) stretched(factor float32) wave {
	const (
		hop  = audioRate * 15 / 1000
		seek = audioRate * 6 / 1000 // to each side: a period of the lowest voice
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
			// Two triangles that overlap by half add up to one, but for the first half.
			rise := min(float32(i)/hop, 2-float32(i)/hop)
			if at == 0 && i < hop {
				rise = 1
			}
			out[at+i] += rise * padded[from+i]
		}
	}
	return out
}

// like returns where, from lo to hi, the wave is most like the piece.
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

// wav encodes the wave as 8-bit PCM, as loud as it can be. Browsers play that; G.711,
// which would sound a little better below the noise, not all of them.
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
