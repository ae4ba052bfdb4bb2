//go:build ignore

// Command voices_gen builds voices.gz, the spoken digits, with espeak-ng from the PATH.
// Run it by hand, with the version of espeak-ng that voices.md names:
//
//	go run voices_gen.go
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

const (
	version  = "1.51"            // of espeak-ng: other versions give other samples
	given    = 22050             // samples per second of espeak-ng
	wanted   = 8000              // samples per second of voices.gz
	longest  = wanted * 60 / 100 // samples of a clip: maxClip of voices.go
	shortest = wanted / 4
)

// The digits of each language. Mandarin is in pinyin, because Debian's package has no
// dictionary of Chinese characters. One is yāo, as in numbers that are read out digit by
// digit.
const (
	pinyin  = "ling2 yao1 er4 san1 si4 wu3 liu4 qi1 ba1 jiu3"
	english = "zero one two three four five six seven eight nine"
)

// speakers are in the order of voices.go: twelve of each language, men and women of
// different pitch (0 to 99), speed (words a minute) and, in English, accents. A word that is
// longer than a clip may be, or shorter than a quarter of a second, is spoken faster or slower.
var speakers = []struct {
	voice, pitch string
	speed        int
	digits       string
}{
	{"cmn-latn-pinyin", "50", 155, pinyin},
	{"cmn-latn-pinyin+m2", "40", 165, pinyin},
	{"cmn-latn-pinyin+m3", "45", 140, pinyin},
	{"cmn-latn-pinyin+m7", "55", 150, pinyin},
	{"cmn-latn-pinyin+f1", "45", 170, pinyin},
	{"cmn-latn-pinyin+f2", "50", 180, pinyin},
	{"cmn-latn-pinyin+f4", "60", 165, pinyin},
	{"cmn-latn-pinyin+Alicia", "45", 175, pinyin},
	{"cmn-latn-pinyin+Andy", "35", 160, pinyin},
	{"cmn-latn-pinyin+Michael", "55", 160, pinyin},
	{"cmn-latn-pinyin+belinda", "40", 175, pinyin},
	{"cmn-latn-pinyin+steph", "55", 170, pinyin},
	{"en-us", "50", 160, english},
	{"en-us+m2", "40", 170, english},
	{"en-gb", "45", 165, english},
	{"en-gb-x-rp+m7", "55", 165, english},
	{"en-us+f1", "45", 175, english},
	{"en-us+f2", "50", 190, english},
	{"en-gb+f4", "60", 175, english},
	{"en-gb-scotland+Alicia", "45", 180, english},
	{"en-us-nyc+Andy", "35", 170, english},
	{"en-029+Michael", "55", 170, english},
	{"en-gb-x-gbclan+belinda", "40", 180, english},
	{"en-us+steph", "55", 180, english},
}

func main() {
	log.SetFlags(0)
	said, err := exec.Command("espeak-ng", "--version").Output()
	if err != nil {
		log.Fatal(err)
	}
	if !strings.Contains(string(said), ": "+version+" ") {
		log.Fatalf("voices.gz was made with espeak-ng %s, this is %s", version, said)
	}
	var packed bytes.Buffer
	out, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	for _, s := range speakers {
		for _, word := range strings.Fields(s.digits) {
			var clip []int8
			for speed := s.speed; len(clip) < shortest || len(clip) > longest; {
				if len(clip) > longest {
					speed += 10
				} else if len(clip) > 0 {
					speed -= 10
				}
				if clip, err = speak(s.voice, s.pitch, strconv.Itoa(speed), word); err != nil {
					log.Fatalf("%s of %s: %v", word, s.voice, err)
				}
			}
			if err := binary.Write(out, binary.BigEndian, uint16(len(clip))); err != nil {
				log.Fatal(err)
			}
			if err := binary.Write(out, binary.BigEndian, clip); err != nil {
				log.Fatal(err)
			}
		}
	}
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("voices.gz", packed.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

// speak returns one word as signed 8-bit samples at full scale, without the silence
// before and after it.
func speak(voice, pitch, speed, word string) ([]int8, error) {
	wav, err := exec.Command("espeak-ng", "-v", voice, "-p", pitch, "-s", speed, "--stdout", word).Output()
	if err != nil {
		return nil, err
	}
	at := bytes.Index(wav, []byte("data"))
	if at < 0 || binary.LittleEndian.Uint32(wav[24:]) != given {
		return nil, fmt.Errorf("espeak-ng did not write a WAV of %d Hz", given)
	}
	wave := make([]float64, (len(wav)-at-8)/2)
	for i := range wave {
		wave[i] = float64(int16(binary.LittleEndian.Uint16(wav[at+8+2*i:])))
	}
	wave = trim(resample(wave))
	var peak float64
	for _, v := range wave {
		peak = max(peak, math.Abs(v))
	}
	clip := make([]int8, len(wave))
	for i, v := range wave {
		clip[i] = int8(math.Round(v / peak * 127))
	}
	return clip, nil
}

// resample changes the rate from given to wanted, with a low-pass filter of 3.7 kHz (a
// windowed sinc).
func resample(wave []float64) []float64 {
	const reach, cut = 64, 2 * 3700.0 / given
	out := make([]float64, len(wave)*wanted/given)
	for i := range out {
		at := float64(i) * given / wanted
		for j := max(0, int(at)-reach); j < min(len(wave), int(at)+reach); j++ {
			d := at - float64(j)
			sinc := cut
			if d != 0 {
				sinc = math.Sin(math.Pi*cut*d) / (math.Pi * d)
			}
			out[i] += wave[j] * sinc * (0.5 + 0.5*math.Cos(math.Pi*d/(reach+1)))
		}
	}
	return out
}

// trim removes the samples at both ends that are at least 40 dB below the peak, but leaves 10 ms
// at each end.
func trim(wave []float64) []float64 {
	var peak float64
	for _, v := range wave {
		peak = max(peak, math.Abs(v))
	}
	first, last := len(wave), 0
	for i, v := range wave {
		if math.Abs(v) > peak/100 {
			first, last = min(first, i), i
		}
	}
	return wave[max(0, first-wanted/100):min(len(wave), last+wanted/100)]
}
