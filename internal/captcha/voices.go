package captcha

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

// language is a language of the spoken digits.
type language byte

// The languages, in the order of voices.gz.
const (
	mandarin language = iota
	english
	languages
)

// speakers is the number of voices of each language: men and women of different accents,
// so that a recognizer has to learn what they have in common.
const speakers = 12

// clip is a spoken digit: signed samples at audioRate.
type clip []int8

// maxClip is the longest clip in samples, 0.6 seconds. MaxAudio follows from it.
const maxClip = audioRate * 60 / 100

// voices has all clips, some 800 KB.
type voices [languages][speakers][10]clip

// loadVoices decompresses the clips. Before each clip is its length, in two bytes.
func loadVoices(packed string) (v voices, err error) {
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		return v, fmt.Errorf("unpack voices: %w", err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return v, fmt.Errorf("unpack voices: %w", err)
	}
	for l := range v {
		for s := range v[l] {
			for d := range v[l][s] {
				if v[l][s][d], data, err = nextClip(data); err != nil {
					return v, err
				}
			}
		}
	}
	if len(data) > 0 {
		return v, errors.New("there is data after the last voice")
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
