package speech

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"strings"
	"testing"
)

func unpacked(t testing.TB) []byte {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(packedVoices))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func packed(t testing.TB, data []byte) string {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestVoices shows that all clips differ, last at least a quarter of a second and
// have a minimum level.
func TestVoices(t *testing.T) {
	t.Parallel()
	v, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(packedVoices) > 600<<10 {
		t.Errorf("%d bytes compressed", len(packedVoices))
	}
	seen := map[string]bool{}
	for l := range v.clips {
		for s := range v.clips[l] {
			for d, c := range v.clips[l][s] {
				var text []byte
				var peak, sum float64
				for _, x := range c {
					text = append(text, byte(x))
					peak, sum = max(peak, float64(x), -float64(x)), sum+float64(x)*float64(x)
				}
				if len(c) < audioRate/4 || peak != 127 || sum/float64(len(c)) < 14*14 || seen[string(text)] {
					t.Errorf("language %d, voice %d, digit %d: %d samples, peak %v, power %.0f",
						l, s, d, len(c), peak, sum/float64(len(c)))
				}
				seen[string(text)] = true
			}
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	good := unpacked(t)
	for name, bad := range map[string]string{
		"nothing":       "",
		"not gzip":      string(good),
		"cut gzip":      packedVoices[:len(packedVoices)/2],
		"empty":         packed(t, nil),
		"cut clip":      packed(t, good[:len(good)-1]),
		"cut length":    packed(t, good[:1]),
		"one clip more": packed(t, append(bytes.Clone(good), 0, 1, 0)),
		"empty clip":    packed(t, append([]byte{0, 0}, good...)),
		"long clip":     packed(t, withFirst(good, maxClip+1)),
	} {
		if _, err := load(bad); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	for name, fine := range map[string][]byte{"as it is": good, "longest clip": withFirst(good, maxClip)} {
		if _, err := load(packed(t, fine)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// withFirst returns data with its first clip replaced by one of n samples.
func withFirst(data []byte, n int) []byte {
	first := 2 + int(binary.BigEndian.Uint16(data))
	return append(binary.BigEndian.AppendUint16(nil, uint16(n)), append(make([]byte, n), data[first:]...)...)
}
