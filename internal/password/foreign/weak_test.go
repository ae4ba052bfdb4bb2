package foreign_test

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/password/foreign"
)

// TestKnownWeakHashes: the weak hash of another program is that of its password and of no other one, and the function
// and the salt are stored in one form.
func TestKnownWeakHashes(t *testing.T) {
	t.Parallel()
	const password = "MyPassword123"
	for written, of := range map[string]string{
		// tests/auth_tests/test_hashers.py of Django 4.1.
		"md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3":          "lètmein",
		"sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8": "lètmein",
		"sha1$$6d138ca3ae545631b3abd71a4f076ce759c5700b":        "lètmein",
		"md5$$88a434c88cca4e900f7874cd98123f43":                 "lètmein",
		// Python's hashlib.
		"sha256$seasalt$b4d4b78116940d5b2a2a232e0cc3b8d8580c4d032d2a0da39737ab6a20e6d4b3": password,
		"sha512$$25cf44461422696c3a9a570f0247e8b676fd79f6e9d65f7be701d1969ef5591a3dac9420aeab5c9d5001dad3126da215844b9a8e0" +
			"7cf22a314f6ec7d23bbd394": password,
		"md5$seasalt$B914E1CDC66A2B81F4CD307552347973": password,
		// passlib 1.7.4.
		"{SSHA}QJkEaDAK3tr/41PQG4gVJGTvALpzYWx0c2FsdA==":                                                            password,
		"{SMD5}L3L/JnREI+Sdxm5nFzikPnNhbHRzYWx0":                                                                    password,
		"{SSHA256}W/6gk8tTaCm7ZvjIZHEXZ3+X3u5Gfwkz/ffkEVOVgEtzYWx0c2FsdA==":                                         password,
		"{SSHA512}E3qk47Ws2mm3PHTJ7phksKj3hhjP9nxVUWmraVaC77HVNCTedhiNx/TyUy9aVGy4r5Bj48YoQaq9CR+d5P284nNhbHRzYWx0": password,
		"{MD5}lz2YrCIdfkM/18QXqkECeg==":                                                                             password,
		"{SHA}hlD7ElQbk/1fYbeAB2nF3lkyZdU=":                                                                         password,
		"{sha}hlD7ElQbk/1fYbeAB2nF3lkyZdU=":                                                                         password,
		// Kratos writes these forms (hash/hash_comparator.go of ory/kratos, read in November 2026). The first is of its own
		// test, hash/hasher_test.go, and the others are of Python's hashlib.
		"$sha1$pf=e1NBTFR9e1BBU1NXT1JEfQ==$NW9wbWtnejAzcg==$2qU2SGWP8viTM1md3FiI3+rjWXQ=": "test",
		"$md5$lz2YrCIdfkM/18QXqkECeg==":                                                                         password,
		"$md5$pf=e1NBTFR9e1BBU1NXT1JEfQ==$YSRi$W46MkWkIUTBCUHHd9By+1g==":                                        password,
		"$sha1$pf=e1BBU1NXT1JEfXtTQUxUfQ==$AP8=$bMr68zKOHTRcZ5Om+DcSpUeMi8g=":                                   password,
		"$sha256$pf=e1NBTFR9JCR7UEFTU1dPUkR9X3tTQUxUfQ==$c2FsdA==$IaddjOLyVbMPilee+bGojumqZSNjqRgFU8VEWm/sgW4=": password,
		"$sha512$pf=e1NBTFR9e1BBU1NXT1JEfQ==$c2FsdA==$/Oiku4LdfeBx8LxTdvBLHO8YrL0H6d4yNHiNFmxHKDnPY2Aw4myJIyPVl6s6UVSGkY" +
			"JBv84vtS35P99Hf/Duhg==": password,
		"$md5-crypt$abcdefgh$yi0HvUHlSO2oYseyDXFXS1": password,
		// openssl passwd -1. The function treats passwords longer than its digest of 16 bytes differently.
		"$1$abcdefgh$yi0HvUHlSO2oYseyDXFXS1": password,
		"$1$a$LJ.B8l/tL59wA7Hl5/EO4/":        "p",
		"$1$aaaaaaaa$65N.nuDq89CKb6y51lYWz/": strings.Repeat("p", 15),
		"$1$aaaaaaaa$cdHX59yMatzmGau53A/mv/": strings.Repeat("p", 16),
		"$1$aaaaaaaa$SYlGGMKn0xyDbNRJhw36r/": strings.Repeat("p", 17),
		"$1$aaaaaaaa$uE3DMJqaYsyplE9zUCg4K.": strings.Repeat("p", 33),
		"$1$aaaaaaaa$DrCXj1TGyNFWkjcdC70UY0": strings.Repeat("p", 128),
	} {
		w, sum, ok := foreign.ReadWeak(written)
		if !ok || w.Of(of) != sum || w.Of(of+"p") == sum || w.Of("") == sum {
			t.Errorf("%s: %v, %v", written, w, ok)
		}
		if again, ok := foreign.ParseWeak(w.String()); !ok || again.Of(of) != sum {
			t.Errorf("%s is stored as %s, which is %v", written, w, again)
		}
		// Stored as it is, it would be compared without argon2id.
		if h := foreign.Read(written); h != nil {
			t.Errorf("%s is also read as %v", written, h)
		}
	}
}

// TestWeakRefused: digits that do not say what they are, malformed hashes and long salts are refused.
func TestWeakRefused(t *testing.T) {
	t.Parallel()
	const md5 = "3f86d0d3d465b7b458c231bf3555c0e3"
	for _, written := range []string{
		"", "$", "{", "{}", "$1$", md5, "md5", "md5$", "md5$$", "md5$" + md5, "md5$s$" + md5[1:], "md5$s$" + md5 + "00",
		"sha1$s$" + md5, "md4$s$" + md5, "md5$s$" + md5 + "$", "md5$" + strings.Repeat("s", 65) + "$" + md5,
		"md5-crypt$s$" + md5, "$s$" + md5, "md5$s$" + md5[:31] + "g", "{MD5}lz2YrCIdfkM/18QXqkECegAA",
		"{SMD5}lz2YrCIdfkM/18QXqkECeg==", "{SHA}QJkEaDAK3tr/41PQG4gVJGTvALpzYWx0c2FsdA==", "{MD4}lz2YrCIdfkM/18QXqkECeg==",
		"{SSSHA}QJkEaDAK3tr/41PQG4gVJGTvALpzYWx0c2FsdA==", "{SHA}", "{SSHA}hlD7", "$1$abcdefghi$yi0HvUHlSO2oYseyDXFXS1",
		"$1$abcdefgh$yi0HvUHlSO2oYseyDXFXS", "$1$abcdefgh$yi0HvUHlSO2oYseyDXFXSz", "$1$a b$yi0HvUHlSO2oYseyDXFXS1",
		"md5$$" + strings.Repeat("0", 1<<20), "$md5$", "$md5$$", "$md5$lz2YrCIdfkM/18QXqkEC", "$md4$lz2YrCIdfkM/18QXqkECeg==",
		"$sha1$lz2YrCIdfkM/18QXqkECeg==", "$md5$e1BBU1NXT1JEfQ==$c2FsdA==$lz2YrCIdfkM/18QXqkECeg==",
		"$md5$pf=e1NBTFR9$c2FsdA==$lz2YrCIdfkM/18QXqkECeg==", "$md5$pf=$c2FsdA==$lz2YrCIdfkM/18QXqkECeg==",
		"$md5$pf=e1BBU1NXT1JEfXtQQVNTV09SRH0=$c2FsdA==$lz2YrCIdfkM/18QXqkECeg==",
		"$md5$pf=e1BBU1NXT1JEfQ==$lz2YrCIdfkM/18QXqkECeg==", "$md5$pf=e1BBU1NXT1JEfQ==$c2FsdA==$lz2YrCIdfkM/18QXqkECeg==$",
		"$md5$pf=e1NBTFR9e1BBU1NXT1JEfQ==$" + strings.Repeat("AAAA", 22) + "$lz2YrCIdfkM/18QXqkECeg==",
	} {
		if w, _, ok := foreign.ReadWeak(written); ok {
			t.Errorf("%.100s is read as %v", written, w)
		}
	}
	for _, text := range []string{"", "md5", "md5$", "md5$$$", "md4$$", "$$", "md5$c$", "md5$c2FsdA==$", "MD5$$",
		"md5$" + strings.Repeat("A", 88) + "$", "md5-crypt$YWFhYWFhYWFh$"} {
		if w, ok := foreign.ParseWeak(text); ok {
			t.Errorf("%s is parsed as %v", text, w)
		}
	}
}

// FuzzReadWeak: what is read is stored in a form that ParseWeak accepts and that says the same.
func FuzzReadWeak(f *testing.F) {
	f.Add("md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3")
	f.Add("{SSHA}QJkEaDAK3tr/41PQG4gVJGTvALpzYWx0c2FsdA==")
	f.Add("$1$abcdefgh$yi0HvUHlSO2oYseyDXFXS1")
	f.Add("$sha1$pf=e1BBU1NXT1JEfXtTQUxUfQ==$AP8=$bMr68zKOHTRcZ5Om+DcSpUeMi8g=")
	f.Fuzz(func(t *testing.T, written string) {
		w, sum, ok := foreign.ReadWeak(written)
		if !ok {
			return
		}
		again, ok := foreign.ParseWeak(w.String())
		if !ok || again.String() != w.String() || again.Of("x") != w.Of("x") || len(sum) != len(w.Of("x")) {
			t.Fatalf("%q is stored as %q, which is %v", written, w, again)
		}
	})
}
