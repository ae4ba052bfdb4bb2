package main

import (
	"math"
	"math/cmplx"
)

// The picture of a sound has a column for every hop samples, with the logarithm of the power in each of the frequency
// bands. These are equally wide on the mel scale, because the ear tells low frequencies apart better than high ones.
// The values of a picture are scaled to a mean of 0 and a standard deviation of 1.
const (
	rate, window, hop = 8000, 256, 160
	bands             = 32
	wavHeader         = 44
)

// spectrogram returns the picture of a WAV of 8 kHz with 8 bits: a stack of one image for each band, one pixel high.
func spectrogram(wav []byte) plane {
	pcm := wav[wavHeader:]
	frames := (len(pcm) - window) / hop / 4 * 4 // the first two layers of the network halve the width each
	out := newPlane(bands, 1, frames)
	weights := bandWeights()
	var sum, squares float64
	for f := range frames {
		var x [window]complex128
		for i := range x {
			weight := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/window)
			x[i] = complex((float64(pcm[f*hop+i])-128)/128*weight, 0)
		}
		fourier(x[:])
		for b := range bands {
			power := 1e-4
			for k, weight := range weights[b] {
				if weight > 0 {
					power += weight * (real(x[k])*real(x[k]) + imag(x[k])*imag(x[k]))
				}
			}
			v := math.Log(power)
			out.data[b*frames+f] = float32(v)
			sum, squares = sum+v, squares+v*v
		}
	}
	n := float64(len(out.data))
	mean := sum / n
	deviation := math.Sqrt(squares/n - mean*mean)
	for i, v := range out.data {
		out.data[i] = float32((float64(v) - mean) / deviation)
	}
	return out
}

// bandEdges are bands+2 frequencies, equally far apart on the mel scale, from 100 to 3900 Hz. Band b rises from edge b
// to its peak at edge b+1 and falls to edge b+2.
func bandEdges() (edges [bands + 2]float64) {
	mel := func(hz float64) float64 { return 2595 * math.Log10(1+hz/700) }
	low, high := mel(100), mel(3900)
	for i := range edges {
		m := low + (high-low)*float64(i)/(bands+1)
		edges[i] = 700 * (math.Pow(10, m/2595) - 1)
	}
	return edges
}

// bandWeights are, for each band, the weights of the frequencies of the transform: a triangle with the peak 1.
func bandWeights() (all [bands][window / 2]float64) {
	edges := bandEdges()
	for b := range all {
		low, middle, high := edges[b], edges[b+1], edges[b+2]
		for k := range all[b] {
			hz := float64(k) * rate / window
			all[b][k] = max(0, min((hz-low)/(middle-low), (high-hz)/(high-middle)))
		}
	}
	return all
}

// fourier transforms in place; the length is a power of two (Cooley and Tukey, 1965).
func fourier(x []complex128) {
	n := len(x)
	for i, j := 1, 0; i < n; i++ {
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		j ^= bit
		if i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for size := 2; size <= n; size *= 2 {
		turn := cmplx.Rect(1, -2*math.Pi/float64(size))
		for from := 0; from < n; from += size {
			w := complex(1, 0)
			for k := range size / 2 {
				a, b := x[from+k], x[from+k+size/2]*w
				x[from+k], x[from+k+size/2] = a+b, a-b
				w *= turn
			}
		}
	}
}
