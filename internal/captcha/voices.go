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

// packedVoices are the spoken digits; voices.md says where they come from.
//
//go:embed voices.gz
var packedVoices string

// language is a language that digits are spoken in.
type language byte

// The languages in the order of voices.gz.
const (
	mandarin language = iota
	english
	languages
)

// speakers is how many voices each language has: one low, one high, so that a digit
// is no one pattern.
const speakers = 2

// clip is a spoken digit: signed samples, audioRate of them a second.
type clip []int8

// maxClip is the length of the longest clip there may be, in samples. What an audio
// may become at most is counted with it.
const maxClip = audioRate * 55 / 100

// voices are all clips.
type voices [languages][speakers][10]clip

// loadVoices unpacks them: 140 KB. Each clip is preceded by its length, two bytes.
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
		return v, errors.New("more voices than there are speakers")
	}
	return v, nil
}

func nextClip(data []byte) (clip, []byte, error) {
	if len(data) < 2 {
		return nil, nil, errors.New("a voice lacks digits")
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
