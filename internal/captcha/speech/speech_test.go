package speech

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// samples checks each field of the WAV header and returns the samples, from -1 to 1.
func samples(t testing.TB, wav []byte) []float64 {
	t.Helper()
	u32 := func(at int) int { return int(binary.LittleEndian.Uint32(wav[at:])) }
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(wav[at:])) }
	if len(wav) < 44 || string(wav[:4]) != "RIFF" || string(wav[8:16]) != "WAVEfmt " || string(wav[36:40]) != "data" {
		t.Fatalf("no WAV: %.44q", wav)
	}
	data := u32(40)
	if u32(4) != len(wav)-8 || len(wav)%2 != 0 || u32(16) != 16 || data != len(wav)-44 && data != len(wav)-45 {
		t.Errorf("chunks of %d, %d and %d bytes in a file of %d", u32(4), u32(16), data, len(wav))
	}
	if u16(20) != 1 || u16(22) != 1 || u32(24) != 8000 || u32(28) != 8000 || u16(32) != 1 || u16(34) != 8 {
		t.Errorf("format % x is not PCM of 8 kHz, 8 bits, mono", wav[20:36])
	}
	var out []float64
	for _, b := range wav[44 : 44+data] {
		out = append(out, (float64(b)-128)/128)
	}
	return out
}

// power returns the mean square.
func power(v []float64) (p float64) {
	for _, x := range v {
		p += x * x / float64(len(v))
	}
	return p
}

// TestSay: a sound is loud enough and not too loud, has no silence, and follows from its seed.
func TestSay(t *testing.T) {
	t.Parallel()
	v, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range 8 {
		for _, l := range []Language{Mandarin, English} {
			wav := v.Say([]byte("314159"), l, [32]byte{byte(i)})
			sound := samples(t, wav)
			if n := len(sound); len(wav) > MaxSize || n < 3*audioRate || n > 8*audioRate {
				t.Errorf("%d samples in %d bytes", n, len(wav))
			}
			var peak float64
			for _, v := range sound {
				peak = max(peak, math.Abs(v))
			}
			if p := power(sound); peak < 0.95 || p < 0.06*0.06 || p > 0.3*0.3 {
				t.Errorf("peak %.2f, effective level %.3f", peak, math.Sqrt(p))
			}
			// No 50 ms are silent: silence would mark the ends of digits.
			for at := 0; at+400 <= len(sound); at += 400 {
				if power(sound[at:at+400]) < 0.004*0.004 {
					t.Errorf("seed %d, language %d: silence at %d", i, l, at)
				}
			}
			if seen[string(wav)] || !bytes.Equal(wav, v.Say([]byte("314159"), l, [32]byte{byte(i)})) {
				t.Error("two seeds, or two languages, sound the same, or one seed sounds different twice")
			}
			seen[string(wav)] = true
		}
	}
}

// toneOf returns the frequency of a digit. Two frequencies differ by more than the
// random variation of the pitch.
func toneOf(digit int) float64 { return 140 * math.Pow(1.34, float64(digit)) }

// tones returns voices whose digits are tones of different frequency and length.
func tones() (v [speakers][10]clip) {
	for s := range v {
		for d := range v[s] {
			for i := range 2000 + 240*d {
				v[s][d] = append(v[s][d], int8(100*math.Sin(2*math.Pi*toneOf(d)*float64(i)/audioRate)))
			}
		}
	}
	return v
}

// heard returns the digit whose tone is the loudest, at any pitch of the variation, and how many times as loud it is
// as the mean of all frequencies.
func heard(burst []float64) (digit int, clear float64) {
	// A tenth of a second from the middle: a longer piece would need finer pitch steps.
	burst = burst[max(0, len(burst)/2-audioRate/20):min(len(burst), len(burst)/2+audioRate/20)]
	var most float64
	for d := range 10 {
		for pitch := lowest; pitch <= highest; pitch += 0.005 {
			// The Goertzel algorithm gives the power of one frequency.
			var a, b float64
			turn := 2 * math.Cos(2*math.Pi*toneOf(d)*pitch/audioRate)
			for _, v := range burst {
				a, b = v+turn*a-b, a
			}
			if p := a*a + b*b - turn*a*b; p > most {
				digit, most = d, p
			}
		}
	}
	return digit, most / (power(burst) * float64(len(burst)))
}

// bursts returns the loud parts of a sound. Between two of them, the power is less than
// two thirds of the mean for a tenth of a second at least.
func bursts(sound []float64) (found [][]float64) {
	const step = audioRate / 50
	level, from, quiet := power(sound), -1, 0
	for at := 0; at+step <= len(sound); at += step {
		switch loud := power(sound[at:at+step]) > level*0.65; {
		case loud && from < 0:
			from, quiet = at, 0
		case loud:
			quiet = 0
		case from >= 0:
			if quiet++; quiet == 5 {
				found = append(found, sound[from:at-4*step])
				from = -1
			}
		}
	}
	return found
}

// TestSpeechSaysTheAnswer shows that the six digits of the answer are heard in order,
// with tones as voices, which a test can recognize.
func TestSpeechSaysTheAnswer(t *testing.T) {
	t.Parallel()
	v := tones()
	for i, want := range []string{
		"012345", "567890", "000000", "999999", "314159", "908172", "111222", "246801", "975310", "667788", "445566",
		"121212",
	} {
		var got []byte
		for _, b := range bursts(samples(t, speak(&v, &v, []byte(want), [32]byte{byte(i)}))) {
			digit, _ := heard(b)
			got = append(got, '0'+byte(digit))
		}
		if string(got) != want {
			t.Errorf("heard %s, want %s", got, want)
		}
	}
}

// TestMurmur: other voices are heard all along, between the digits and below them. Here the voices of the answer hum
// lower than every tone, so that a tone is one of the murmur.
func TestMurmur(t *testing.T) {
	t.Parallel()
	others, hum := tones(), tones()
	for s := range hum {
		for d := range hum[s] {
			for i := range hum[s][d] {
				hum[s][d][i] = int8(100 * math.Sin(2*math.Pi*60*float64(i)/audioRate))
			}
		}
	}
	// toned returns the share of pieces of a tenth of a second in which a tone stands out of the noise.
	toned := func(others *[speakers][10]clip) float64 {
		n, all := 0, 0
		for i := range 3 {
			sound := samples(t, speak(&hum, others, []byte("314159"), [32]byte{byte(i)}))
			for at := 0; at+audioRate/10 <= len(sound); at += audioRate / 10 {
				if _, clear := heard(sound[at : at+audioRate/10]); clear > 20 {
					n++
				}
				all++
			}
		}
		return float64(n) / float64(all)
	}
	murmur, noise := toned(&others), toned(&hum)
	t.Logf("tones in %.0f %% of the pieces, and in %.0f %% of those without a murmur", 100*murmur, 100*noise)
	// Every other voice of the murmur hums, and a digit is louder than the murmur below it.
	if murmur < 0.25 || noise > 0.1 {
		t.Errorf("tones in %.2f of the pieces, and in %.2f of those without a murmur", murmur, noise)
	}
}

// TestLongestSpeech shows that the longest clips at the lowest speed fit into MaxSize.
func TestLongestSpeech(t *testing.T) {
	t.Parallel()
	longest := int(math.Ceil(maxClip/lowest*slowest))*6 + longGap*7 + wavHeader
	if longest > MaxSize || MaxSize != 65536 { // the contract says 64 KiB
		t.Errorf("%d bytes, more than %d", longest, MaxSize)
	}
	var v [speakers][10]clip
	for s := range v {
		for d := range v[s] {
			v[s][d] = bytes2clip(bytes.Repeat([]byte{100, 0x9c}, maxClip/2))
		}
	}
	for i := range 5 {
		if n := len(speak(&v, &v, []byte("012345"), [32]byte{byte(i)})); n > longest {
			t.Errorf("%d bytes, more than %d", n, longest)
		}
	}
}

func bytes2clip(b []byte) (c clip) {
	for _, v := range b {
		c = append(c, int8(v))
	}
	return c
}

func TestPitchAndPace(t *testing.T) {
	t.Parallel()
	v := tones()
	for _, factor := range []float32{fastest, 1, slowest} {
		w := v[0][5].wave()
		for name, tc := range map[string]struct {
			got    wave
			length float32
			tone   float64
		}{
			"pitched":   {w.pitched(factor), float32(len(w)) / factor, toneOf(5) * float64(factor)},
			"stretched": {w.stretched(factor), float32(len(w)) * factor, toneOf(5)},
		} {
			if d := float32(len(tc.got)) - tc.length; d < -3 || d > 3 {
				t.Errorf("%s by %v: %d samples, want %.0f", name, factor, len(tc.got), tc.length)
			}
			crossings := 0
			for i := range tc.got[1:] {
				if tc.got[i] < 0 && tc.got[i+1] >= 0 {
					crossings++
				}
			}
			tone := float64(crossings) / float64(len(tc.got)) * audioRate
			if math.Abs(tone/tc.tone-1) > 0.03 {
				t.Errorf("%s by %v: a tone of %.0f Hz, want %.0f", name, factor, tone, tc.tone)
			}
		}
	}
}
