package captcha

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// testImages returns Images with a secret of equal bytes. These tests are inside the
// package, because they seal chosen answers.
func testImages(t testing.TB, fill byte) *Images {
	t.Helper()
	c, err := NewImages(Config{Secret: bytes.Repeat([]byte{fill}, MinSecret), SoundBits: LeastBits})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sealedWith(t testing.TB, a string) sealed {
	t.Helper()
	s := sealed{expires: time.Now().Add(time.Minute).UnixMicro(), kind: sealedImage, body: body([]byte(a))}
	if _, err := rand.Read(s.nonce[:]); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenByEveryReplica(t *testing.T) {
	t.Parallel()
	s := sealedWith(t, "314159")
	id := testImages(t, 1).seal(Scope{Site: 7}, s)
	got, err := testImages(t, 1).open(sealedImage, Scope{Site: 7}, id)
	if err != nil {
		t.Fatal(err)
	}
	if got != s || !bytes.Equal(got.name(), s.nonce[:]) || !got.matches("314159") || got.matches("314158") {
		t.Error("the opened content differs from the sealed one")
	}
}

func TestImageAttempt(t *testing.T) {
	t.Parallel()
	c := testImages(t, 1)
	s := sealedWith(t, "314159")
	id := c.seal(Scope{Site: 7}, s)
	for typed, want := range map[string]error{
		"314159": nil, "３１４ 159": nil, "314158": ErrWrong, "": ErrWrong, "31415": ErrWrong,
	} {
		a, err := c.Attempt(Scope{Site: 7}, id, typed)
		if err != nil || !errors.Is(a.Verify(t.Context()), want) || !bytes.Equal(a.Nonce(), s.name()) {
			t.Errorf("%q: %v, %v", typed, err, a.Verify(t.Context()))
		}
	}
}

func TestIDTellsNothing(t *testing.T) {
	t.Parallel()
	const answer, count = "777777", 10_000
	c := testImages(t, 1)
	ids, nonces := map[string]bool{}, map[string]bool{}
	for range count {
		s := sealedWith(t, answer)
		id := c.seal(Scope{Site: 1}, s)
		raw, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || len(id) != IDLen {
			t.Fatalf("id %q: %v", id, err)
		}
		if strings.Contains(id, answer) || bytes.Contains(raw, []byte(answer)) || bytes.Contains(raw, make([]byte, 4)) {
			t.Errorf("id %q has its answer in plain text, or is not sealed", id)
		}
		ids[id], nonces[string(s.name())] = true, true
	}
	if len(ids) != count || len(nonces) != count {
		t.Errorf("%d ids and %d nonces of %d", len(ids), len(nonces), count)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	c := testImages(t, 1)
	id := c.seal(Scope{Site: 7}, sealedWith(t, "314159"))
	if _, err := c.open(sealedImage, Scope{Site: 7}, id); err != nil {
		t.Fatal(err)
	}
	refuse := func(t *testing.T, c *Images, site int64, id string) {
		t.Helper()
		if s, err := c.open(sealedImage, Scope{Site: site}, id); !errors.Is(err, ErrUnknown) || s != (sealed{}) {
			t.Errorf("site %d, id %q: error %v, want ErrUnknown", site, id, err)
		}
	}
	t.Run("not an id", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []string{
			"", " ", "captcha123", id + "=", id + "A", id[1:], id[:len(id)-1], " " + id, id + "\n",
			id[:20] + "\n" + id[21:], strings.Repeat("A", IDLen), strings.Repeat("\n", IDLen),
			strings.Repeat("é", IDLen), strings.Repeat("A", 1<<20),
			strings.NewReplacer("-", "+", "_", "/").Replace("-_" + id[2:]),
		} {
			refuse(t, c, 7, bad)
		}
	})
	t.Run("another site", func(t *testing.T) {
		t.Parallel()
		for _, site := range []int64{-7, 0, 1, 6, 8, 7 << 8, 7 << 56} {
			refuse(t, c, site, id)
		}
	})
	t.Run("another secret", func(t *testing.T) {
		t.Parallel()
		refuse(t, testImages(t, 2), 7, id)
	})
	t.Run("line break instead of a last zero byte", func(t *testing.T) {
		t.Parallel()
		for {
			raw, err := encoding.DecodeString(c.seal(Scope{Site: 7}, sealedWith(t, "314159")))
			if err != nil {
				t.Fatal(err)
			}
			if raw[rawLen-1] == 0 {
				refuse(t, c, 7, encoding.EncodeToString(raw[:rawLen-1])+"\n")
				return
			}
		}
	})
	t.Run("any bit", func(t *testing.T) {
		t.Parallel()
		raw, err := encoding.DecodeString(id)
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(raw) * 8 {
			raw[i/8] ^= 1 << (i % 8)
			refuse(t, c, 7, encoding.EncodeToString(raw))
			raw[i/8] ^= 1 << (i % 8)
		}
	})
	t.Run("any character", func(t *testing.T) {
		t.Parallel()
		for i := range id {
			for _, b := range []byte("AQgwB-_0\x00\xff") {
				if b != id[i] {
					refuse(t, c, 7, id[:i]+string([]byte{b})+id[i+1:])
				}
			}
		}
	})
}

func TestSealedPrintsNothing(t *testing.T) {
	t.Parallel()
	s := sealedWith(t, "314159")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, arg := range []any{s, &s, []sealed{s}, struct{ S sealed }{s}} {
			got := fmt.Sprintf(verb, arg)
			if !strings.Contains(got, "hidden") || strings.Contains(got, "314159") || strings.Contains(got, "51") {
				t.Errorf("%s of %T prints %s", verb, arg, got)
			}
		}
	}
}

// FuzzOpen shows that only the issued id opens, and that no text makes open panic.
func FuzzOpen(f *testing.F) {
	c := testImages(f, 1)
	c.now = func() time.Time { return time.Unix(0, 0) }
	// A fixed nonce gives the same id in every worker process of the fuzzer.
	id := c.seal(Scope{Site: 7}, sealed{
		nonce: [nonceLen]byte{1, 2, 3}, expires: 1, kind: sealedImage, body: body([]byte("314159")),
	})
	for _, seed := range []string{
		"", "captcha123", id, id[:IDLen-1] + "B", strings.Repeat("A", IDLen), strings.Repeat("\r\n", IDLen/2),
	} {
		f.Add(int64(7), seed)
	}
	f.Fuzz(func(t *testing.T, site int64, given string) {
		_, err := c.open(sealedImage, Scope{Site: site}, given)
		if (err == nil) != (site == 7 && given == id) {
			t.Errorf("site %d, id %q: error %v", site, given, err)
		}
		if err != nil && !errors.Is(err, ErrUnknown) {
			t.Errorf("error %v, want ErrUnknown", err)
		}
	})
}

// TestBodyOfBoth: six digits and any difficulty share a body.
func TestBodyOfBoth(t *testing.T) {
	t.Parallel()
	for difficulty := LeastBits; difficulty <= MostBits; difficulty++ {
		for _, text := range []string{"000000", "999999", "314159"} {
			a, got := bodyOfBoth(answer([]byte(text)), difficulty).both()
			if string(a[:]) != text || got != difficulty {
				t.Errorf("%s with %d bits: %s with %d", text, difficulty, a[:], got)
			}
		}
	}
}
