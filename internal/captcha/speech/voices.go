package speech

import (
	"compress/gzip"
	_ "embed" // for voices.gz
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// packedVoices has the spoken digits. voices.md describes their origin and license.
//
//go:embed voices.gz
var packedVoices string

// Language is a language of the spoken digits.
type Language byte

// The languages, in the order of voices.gz.
const (
	Mandarin Language = iota
	English
	languages
)

// speakers is the number of voices of each language: men and women of different pitch and, in
// English, accents. So a recognizer has to learn what they have in common.
const speakers = 12

// clip is a spoken digit: signed samples at audioRate.
type clip []int8

// maxClip is the longest clip in samples, 0.6 seconds. MaxSize follows from it.
const maxClip = audioRate * 60 / 100

// Voices has all clips, some 800 KB. It is safe for concurrent use.
type Voices struct {
	clips [languages][speakers][10]clip
}

// Load decompresses the voices that are part of the program.
func Load() (*Voices, error) { return load(packedVoices) }

// load decompresses voices. Before each clip is its length, in two bytes.
func load(packed string) (*Voices, error) {
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack voices: %w", err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack voices: %w", err)
	}
	v := &Voices{}
	for l := range v.clips {
		for s := range v.clips[l] {
			for d := range v.clips[l][s] {
				if v.clips[l][s][d], data, err = nextClip(data); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(data) > 0 {
		return nil, errors.New("there is data after the last voice")
	}
	return v, nil
}

// nextClip returns the first clip of data, and the rest of data.
func nextClip(data []byte) (clip, []byte, error) {
	if len(data) < 2 {
		return nil, nil, errors.New("a voice has fewer than ten digits")
	}
	n, data := int(binary.BigEndian.Uint16(data)), data[2:]
	if n == 0 || n > maxClip || n > len(data) {
		return nil, nil, fmt.Errorf("a voice has a clip of %d samples", n)
	}
	c := make(clip, n)
	for i, b := range data[:n] {
		c[i] = int8(b)
	}
	return c, data[n:], nil
}
