package captcha

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/captchatest"
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

// proofFor is the proof of work for the sound of a challenge of testImages.
func proofFor(id string) string { return captchatest.SoundProof(id, LeastBits) }

func spoken(t testing.TB, c *Images, id, locale string) []byte {
	t.Helper()
	wav, err := c.Speak(t.Context(), Scope{Site: 7}, id, proofFor(id), locale)
	if err != nil {
		t.Fatal(err)
	}
	return wav
}

func TestSpeak(t *testing.T) {
	t.Parallel()
	c := testImages(t, 1)
	seen := map[string]bool{}
	for i := range 8 {
		id := c.seal(Scope{Site: 7}, sealedWith(t, "314159"))
		for _, locale := range []string{"zh-CN", "en"} {
			wav := spoken(t, c, id, locale)
			sound := samples(t, wav)
			if n := len(sound); len(wav) > MaxAudio || n < 3*audioRate || n > 8*audioRate {
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
					t.Errorf("challenge %d, %s: silence at %d", i, locale, at)
				}
			}
			if seen[string(wav)] {
				t.Error("two challenges, or two languages, sound the same")
			}
			seen[string(wav)] = true
		}
	}
}

// TestSpeakAgain shows that a challenge has one sound for each language, in all
// replicas.
func TestSpeakAgain(t *testing.T) {
	t.Parallel()
	c := testImages(t, 1)
	id := c.seal(Scope{Site: 7}, sealedWith(t, "314159"))
	first := spoken(t, c, id, "en")
	if !bytes.Equal(first, spoken(t, testImages(t, 1), id, "en-GB")) {
		t.Error("the same challenge sounds different the second time, or in another replica")
	}
	for _, locale := range []string{"zh-CN", "zh", "", "de", "eng", "\xff"} {
		if !bytes.Equal(spoken(t, c, id, locale), spoken(t, c, id, "zh-CN")) {
			t.Errorf("locale %q is not Mandarin", locale)
		}
	}
}

func TestSpeakRefuses(t *testing.T) {
	t.Parallel()
	c := testImages(t, 1)
	work, err := NewWork(WorkConfig{Config: Config{Secret: bytes.Repeat([]byte{1}, MinSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	pow, err := work.Challenge(t.Context(), Scope{Site: 7})
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	old := sealedWith(t, "314159")
	old.expires = time.Now().UnixMicro()
	id := c.seal(Scope{Site: 7}, sealedWith(t, "314159"))
	for name, tc := range map[string]struct {
		ctx   context.Context
		scope Scope
		id    string
		want  error
	}{
		"fine":            {t.Context(), Scope{Site: 7}, id, nil},
		"another site":    {t.Context(), Scope{Site: 8}, id, ErrUnknown},
		"another binding": {t.Context(), Scope{Site: 7, Binding: []byte("x")}, id, ErrUnknown},
		"no id":           {t.Context(), Scope{Site: 7}, "", ErrUnknown},
		"a work":          {t.Context(), Scope{Site: 7}, pow.ID, ErrUnknown},
		"expired":         {t.Context(), Scope{Site: 7}, c.seal(Scope{Site: 7}, old), ErrExpired},
		"caller gone":     {gone, Scope{Site: 7}, id, context.Canceled},
	} {
		wav, err := c.Speak(tc.ctx, tc.scope, tc.id, proofFor(tc.id), "en")
		if !errors.Is(err, tc.want) || (wav == nil) != (tc.want != nil) {
			t.Errorf("%s: %d bytes, error %v", name, len(wav), err)
		}
	}
}

// TestSpeechNeedsWork: a sound is not given without the proof of work of its own challenge. The
// proof that goes with the digits of a picture is another one.
func TestSpeechNeedsWork(t *testing.T) {
	t.Parallel()
	c, err := NewImagesWithWork(WorkConfig{
		Config:  Config{Secret: bytes.Repeat([]byte{1}, MinSecret), SoundBits: LeastBits},
		MinBits: LeastBits, MaxBits: LeastBits,
	})
	if err != nil {
		t.Fatal(err)
	}
	issue := func() Challenge {
		ch, err := c.Challenge(t.Context(), Scope{Site: 7})
		if err != nil {
			t.Fatal(err)
		}
		return ch
	}
	work := func(salt []byte, bits int) string {
		proof, err := captchatest.Work(hex.EncodeToString(salt), bits, Puzzles)
		if err != nil {
			t.Fatal(err)
		}
		return proof
	}
	ch, other := issue(), issue()
	right := work(ch.SoundSalt, ch.SoundBits)
	for proof, want := range map[string]error{
		right:                               nil,
		"":                                  ErrNoWork,
		"0":                                 ErrNoWork,
		right[8:] + right[:8]:               ErrNoWork,
		right + right:                       ErrNoWork,
		work(ch.Salt, ch.Bits):              ErrNoWork,
		work(other.SoundSalt, ch.SoundBits): ErrNoWork,
		strings.Repeat("00000000", Puzzles): ErrNoWork,
		strings.Repeat("zzzzzzzz", Puzzles): ErrNoWork,
		strings.ToUpper(right):              nil,
	} {
		wav, err := c.Speak(t.Context(), Scope{Site: 7}, ch.ID, proof, "en")
		if !errors.Is(err, want) || (wav == nil) == (want == nil) {
			t.Errorf("%q: %d bytes, %v", proof, len(wav), err)
		}
	}
	for _, bits := range []int{LeastBits - 1, MostBits + 1, -1} {
		if _, err := NewImages(Config{Secret: bytes.Repeat([]byte{1}, MinSecret), SoundBits: bits}); err == nil {
			t.Errorf("%d bits are accepted", bits)
		}
	}
	if d, err := NewImages(Config{Secret: bytes.Repeat([]byte{1}, MinSecret)}); err != nil || d.sound != DefaultMinBits {
		t.Errorf("the default is not %d bits: %v", DefaultMinBits, err)
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

// heard returns the digit whose tone is the loudest, at any pitch of the variation.
func heard(burst []float64) (digit int) {
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
	return digit
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
		for _, b := range bursts(samples(t, speak(&v, &v, answer([]byte(want)), [32]byte{byte(i)}))) {
			got = append(got, '0'+byte(heard(b)))
		}
		if string(got) != want {
			t.Errorf("heard %s, want %s", got, want)
		}
	}
}

// TestLongestSpeech shows that the longest clips at the lowest speed fit into MaxAudio.
func TestLongestSpeech(t *testing.T) {
	t.Parallel()
	longest := int(math.Ceil(maxClip/lowest*slowest))*answerLen + longGap*gaps + wavHeader
	if longest > MaxAudio || MaxAudio != 65536 { // the contract says 64 KiB
		t.Errorf("%d bytes, more than %d", longest, MaxAudio)
	}
	var v [speakers][10]clip
	for s := range v {
		for d := range v[s] {
			v[s][d] = bytes2clip(bytes.Repeat([]byte{100, 0x9c}, maxClip/2))
		}
	}
	for i := range 5 {
		if n := len(speak(&v, &v, answer([]byte("012345")), [32]byte{byte(i)})); n > longest {
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

func BenchmarkSpeak(b *testing.B) {
	c := testImages(b, 1)
	id := c.seal(Scope{Site: 7}, sealedWith(b, "314159"))
	b.ReportAllocs()
	for b.Loop() {
		spoken(b, c, id, "en")
	}
}
