package token_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/token"
)

// vector is a token that must be refused, made from a valid one by one change.
type vector struct {
	name   string
	reason string // the check that refuses it, of token.Reasons
	only   string // the algorithm it needs, if one
	make   func(f forge) string
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// noonClaim is how a claim that holds the present is written.
func noonClaim(name string) string { return `"` + name + `":` + unix(noon) }

func headerVectors() []vector {
	alg := func(k token.Key) string { return `"alg":"` + k.Algorithm() + `"` }
	kid := func(k token.Key) string { return `"kid":"` + k.ID() + `"` }
	none := func(name string) func(f forge) string {
		return func(f forge) string {
			return b64(f.replaced(f.header, alg(f.Key), `"alg":"`+name+`"`)) + "." + b64(f.claim) + "."
		}
	}
	foreign := func(id string) func(f forge) string {
		return func(f forge) string { return f.withHeader(kid(f.Key), `"kid":"`+id+`"`) }
	}
	add := func(member string) func(f forge) string {
		return func(f forge) string { return f.addHeader(member) }
	}
	return []vector{
		{"alg none", "algorithm", "", none("none")},
		{"alg nOnE", "algorithm", "", none("nOnE")},
		{"alg empty", "algorithm", "", none("")},
		{"alg none, signature kept", "algorithm", "",
			func(f forge) string { return f.withHeader(alg(f.Key), `"alg":"none"`) }},
		{"alg absent", "algorithm", "", func(f forge) string { return f.withHeader(alg(f.Key)+",", "") }},
		{"alg in lower case", "algorithm", "", func(f forge) string {
			return f.withHeader(alg(f.Key), `"alg":"`+strings.ToLower(f.Algorithm())+`"`)
		}},
		{"alg RS256", "algorithm", "", func(f forge) string { return f.withHeader(alg(f.Key), `"alg":"RS256"`) }},
		{"alg of another of our keys", "algorithm", "", func(f forge) string {
			return f.withHeader(alg(f.Key), `"alg":"`+f.other.Algorithm()+`"`)
		}},
		{"kid of another of our keys", "algorithm", "",
			func(f forge) string { return f.withHeader(kid(f.Key), kid(f.other.Key)) }},
		{"alg and kid of another of our keys", "signature", "", func(f forge) string {
			header := f.replaced(f.header, alg(f.Key), alg(f.other.Key))
			return f.resigned(f.replaced(header, kid(f.Key), kid(f.other.Key)), f.claim)
		}},
		{"HS256 keyed with the public key's DER", "algorithm", "ES256", func(f forge) string { return f.confused(der) }},
		{"HS256 keyed with the public key's bytes", "algorithm", "EdDSA", func(f forge) string {
			return f.confused(func(f forge) []byte { return f.public.(ed25519.PublicKey) })
		}},
		{"kid unknown", "key", "", foreign(b64(strings.Repeat("x", 32)))},
		{"kid a path", "key", "", foreign("../../x")},
		{"kid SQL", "key", "", foreign("' or 1=1")},
		{"kid empty", "key", "", foreign("")},
		{"kid absent", "key", "", func(f forge) string { return f.withHeader(kid(f.Key)+",", "") }},
		{"kid a number", "header", "", func(f forge) string { return f.withHeader(kid(f.Key), `"kid":1`) }},
		{"kid twice", "header", "", func(f forge) string { return f.addHeader(kid(f.Key)) }},
		{"alg twice", "header", "", func(f forge) string { return f.addHeader(`"alg":"none"`) }},
		{"alg in capitals besides", "header", "", add(`"ALG":"none"`)},
		{"jku", "header", "", add(`"jku":"https://example.com/keys"`)},
		{"jwk", "header", "", add(`"jwk":{"kty":"oct","k":"AAAA"}`)},
		{"x5u", "header", "", add(`"x5u":"https://example.com/cert"`)},
		{"x5c", "header", "", add(`"x5c":["AAAA"]`)},
		{"crit unknown", "header", "", add(`"crit":["exp"]`)},
		{"b64 false", "header", "", add(`"b64":false,"crit":["b64"]`)},
		{"zip", "header", "", add(`"zip":"DEF"`)},
		{"typ of another use", "type", "", func(f forge) string { return f.withHeader(`"typ":"JWT"`, `"typ":"rt+jwt"`) }},
		{"typ absent", "type", "", func(f forge) string { return f.withHeader(`,"typ":"JWT"`, "") }},
		{"header an array", "header", "", func(f forge) string { return f.resigned("["+f.header+"]", f.claim) }},
		{"header null", "type", "", func(f forge) string { return f.resigned("null", f.claim) }},
		{"header with more behind", "header", "", func(f forge) string { return f.resigned(f.header+"{}", f.claim) }},
	}
}

// confused is the token signed as HS256 with a public value.
func (f forge) confused(secret func(forge) []byte) string {
	text := b64(f.replaced(f.header, `"alg":"`+f.Algorithm()+`"`, `"alg":"HS256"`)) + "." + b64(f.claim)
	return text + "." + b64(string(sum(secret(f), text)))
}

func der(f forge) []byte {
	data, err := x509.MarshalPKIXPublicKey(f.public)
	if err != nil {
		f.Fatal(err)
	}
	return data
}

func claimVectors() []vector {
	set := func(old, new string) func(f forge) string {
		return func(f forge) string { return f.withClaim(old, new) }
	}
	exp := `"exp":` + unix(noon.Add(time.Hour))
	sub, site, iss, aud := `"sub":"1000"`, `"site_id":1`, `"iss":"`+issuer+`"`, `"aud":"`+audience+`"`
	return []vector{
		{"expired 1 s past the leeway", "expired", "", set(noonClaim("iat")+`,"nbf":`+unix(noon)+`,`+exp,
			`"iat":`+unix(noon.Add(-time.Hour))+`,"nbf":1,"exp":`+unix(noon.Add(-31*time.Second)))},
		{"nbf in 120 s", "notyet", "", set(noonClaim("nbf"), `"nbf":`+unix(noon.Add(120*time.Second)))},
		{"iat in the future", "future", "", set(noonClaim("iat"), `"iat":`+unix(noon.Add(31*time.Second)))},
		{"exp absent", "missing", "", set(","+exp, "")},
		{"exp null", "missing", "", set(exp, `"exp":null`)},
		{"exp a string", "payload", "", set(exp, `"exp":"`+unix(noon.Add(time.Hour))+`"`)},
		{"exp 1e400", "payload", "", set(exp, `"exp":1e400`)},
		{"exp 2e9", "payload", "", set(exp, `"exp":2e9`)},
		{"exp a fraction", "payload", "", set(exp, exp+".5")},
		{"exp negative", "times", "", set(exp, `"exp":-1`)},
		{"exp 2^63", "payload", "", set(exp, `"exp":9223372036854775808`)},
		{"exp 2^63-1", "times", "", set(exp, `"exp":9223372036854775807`)},
		{"exp before iat", "times", "", set(exp, `"exp":`+unix(noon))},
		{"exp in eleven years", "times", "", set(exp, `"exp":`+unix(noon.AddDate(11, 0, 0)))},
		{"exp ten years and a second later", "times", "", set(exp, `"exp":`+unix(noon.Add(3650*24*time.Hour+time.Second)))},
		{"exp in capitals", "missing", "", set(`"exp"`, `"EXP"`)},
		{"iat absent", "missing", "", set(noonClaim("iat")+",", "")},
		{"iat negative", "times", "", set(noonClaim("iat"), `"iat":-1`)},
		{"nbf absent", "missing", "", set(noonClaim("nbf")+",", "")},
		{"nbf negative", "times", "", set(noonClaim("nbf"), `"nbf":-1`)},
		{"nbf 2^63-1", "times", "", set(noonClaim("nbf"), `"nbf":9223372036854775807`)},
		{"iss wrong", "issuer", "", set(iss, `"iss":"https://id.example.org"`)},
		{"iss longer", "issuer", "", set(iss, `"iss":"`+issuer+`/"`)},
		{"iss absent", "missing", "", set(iss+",", "")},
		{"aud wrong", "audience", "", set(aud, `"aud":"another"`)},
		{"aud in capitals", "audience", "", set(aud, `"aud":"`+strings.ToUpper(audience)+`"`)},
		{"aud an array without us", "payload", "", set(aud, `"aud":["another"]`)},
		{"aud an array with us", "payload", "", set(aud, `"aud":["`+audience+`"]`)},
		{"aud absent", "missing", "", set(aud+",", "")},
		{"sub zero", "subject", "", set(sub, `"sub":"0"`)},
		{"sub negative", "subject", "", set(sub, `"sub":"-1000"`)},
		{"sub with plus", "subject", "", set(sub, `"sub":"+1000"`)},
		{"sub with leading zero", "subject", "", set(sub, `"sub":"01000"`)},
		{"sub with space", "subject", "", set(sub, `"sub":" 1000"`)},
		{"sub with NUL", "subject", "", set(sub, `"sub":"1000\u0000"`)},
		{"sub of 2^63", "subject", "", set(sub, `"sub":"9223372036854775808"`)},
		{"sub a name", "subject", "", set(sub, `"sub":"admin"`)},
		{"sub empty", "subject", "", set(sub, `"sub":""`)},
		{"sub a number", "payload", "", set(sub, `"sub":1000`)},
		{"sub absent", "missing", "", set(sub+",", "")},
		{"sub twice", "payload", "", set(sub, sub+`,"sub":"1"`)},
		{"sub twice, once escaped", "payload", "", set(sub, sub+`,"\u0073ub":"1"`)},
		{"an unknown claim twice", "payload", "", set(sub, sub+`,"a":1,"a":1`)},
		{"site_id zero", "site", "", set(site, `"site_id":0`)},
		{"site_id negative", "site", "", set(site, `"site_id":-1`)},
		{"site_id a fraction", "payload", "", set(site, `"site_id":1.0`)},
		{"site_id a string", "payload", "", set(site, `"site_id":"1"`)},
		{"site_id absent", "missing", "", set(","+site, "")},
		{"sid empty", "session", "", set(site, site+`,"sid":""`)},
		{"sid of 65 bytes", "session", "", set(site, site+`,"sid":"`+strings.Repeat("a", 65)+`"`)},
		{"sid a number", "payload", "", set(site, site+`,"sid":1`)},
		{"sid twice", "payload", "", set(site, site+`,"sid":"a","sid":"b"`)},
		{"jti empty", "missing", "", func(f forge) string {
			i := strings.Index(f.claim, `"jti":"`) + 7
			return f.resigned(f.header, f.claim[:i]+f.claim[i+22:])
		}},
		{"jti in capitals", "missing", "", set(`"jti"`, `"JTI"`)},
		{"invalid UTF-8", "payload", "", set(sub, sub+",\"a\":\"\xff\"")},
		{"claims an array", "payload", "", func(f forge) string { return f.resigned(f.header, "["+f.claim+"]") }},
		{"claims with more behind", "payload", "", func(f forge) string { return f.resigned(f.header, f.claim+"{}") }},
		{"claims null", "missing", "", func(f forge) string { return f.resigned(f.header, "null") }},
		{"claims empty", "payload", "", func(f forge) string { return f.resigned(f.header, "") }},
		{"claims 5,000 deep", "size", "", set(sub, sub+`,"a":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000))},
		{"claims changed, signature kept", "signature", "", func(f forge) string {
			part := strings.Split(f.raw, ".")
			return part[0] + "." + b64(f.replaced(f.claim, sub, `"sub":"1001"`)) + "." + part[2]
		}},
	}
}

func spellingVectors() []vector {
	signed := func(change func(f forge, signature []byte) []byte) func(f forge) string {
		return func(f forge) string { return f.withSignature(b64(string(change(f, f.signature())))) }
	}
	around := func(before, after string) func(f forge) string {
		return func(f forge) string { return before + f.raw + after }
	}
	return []vector{
		{"empty", "parts", "", func(forge) string { return "" }},
		{"one part", "parts", "", func(f forge) string { return strings.Split(f.raw, ".")[0] }},
		{"two parts", "parts", "", func(f forge) string { return f.raw[:strings.LastIndexByte(f.raw, '.')] }},
		{"four parts", "parts", "", around("", ".AAAA")},
		{"five parts, as JWE", "parts", "", around("", ".AAAA.AAAA")},
		{"64 KB", "size", "", around("", strings.Repeat("A", 64<<10))},
		{"4 KiB and a byte", "size", "", func(f forge) string { return f.raw + strings.Repeat("A", 4097-len(f.raw)) }},
		{"space before", "encoding", "", around(" ", "")},
		{"space behind", "encoding", "", around("", " ")},
		{"NUL behind", "encoding", "", around("", "\x00")},
		{"line break behind", "encoding", "", around("", "\n")},
		{"line break within", "encoding", "", func(f forge) string { return f.raw[:9] + "\r\n" + f.raw[9:] }},
		{"padded", "encoding", "", func(f forge) string {
			return b64(f.header) + "." + b64(f.claim) + "." + b64(string(f.signature())) + "=="
		}},
		{"standard base64", "encoding", "", func(f forge) string {
			raw := f.raw
			for i := 0; !strings.ContainsAny(raw, "-_"); i++ { // until the two alphabets differ in it
				raw = f.withClaim(`"jti":"`, `"jti":"`+strconv.Itoa(i))
			}
			return strings.NewReplacer("-", "+", "_", "/").Replace(raw)
		}},
		{"stray trailing bits", "encoding", "", func(f forge) string {
			const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			last := strings.IndexByte(digits, f.raw[len(f.raw)-1])
			return f.raw[:len(f.raw)-1] + digits[last+1:last+2]
		}},
		{"signature absent", "signature", "", func(f forge) string { return f.withSignature("") }},
		{"signature cut", "signature", "", signed(func(_ forge, s []byte) []byte { return s[:len(s)-1] })},
		{"signature longer", "signature", "", signed(func(_ forge, s []byte) []byte { return append(s, 0) })},
		{"signature with one bit changed", "signature", "", signed(func(_ forge, s []byte) []byte { s[0] ^= 1; return s })},
		{"signature of zeros", "signature", "", signed(func(_ forge, s []byte) []byte { return make([]byte, len(s)) })},
		{"signature in DER", "signature", "ES256", signed(func(f forge, s []byte) []byte {
			data, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(s[:32]), new(big.Int).SetBytes(s[32:])})
			if err != nil {
				f.Fatal(err)
			}
			return data
		})},
		{"signature with S + L", "signature", "EdDSA", signed(func(_ forge, s []byte) []byte { return plusL(s) })},
		{"signature by a stranger's key", "signature", "", func(f forge) string {
			f.pair.sign = newPair(f.T, f.Algorithm()).sign
			return f.resigned(f.header, f.claim)
		}},
	}
}

// plusL adds the order of the group to S, the second half of an Ed25519 signature, in
// little-endian order: the same number to a verifier that does not check (RFC 8032 §5.1.7).
func plusL(signature []byte) []byte {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	swapped := func(b []byte) []byte {
		for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
		return b
	}
	s := new(big.Int).SetBytes(swapped(signature[32:]))
	return append(signature[:32], swapped(s.Add(s, order).FillBytes(make([]byte, 32)))...)
}

// TestNegativeVectors makes each vector for each algorithm. The check that is meant for it must
// refuse it (RFC 8725, TOK-1).
func TestNegativeVectors(t *testing.T) {
	t.Parallel()
	vectors := append(append(headerVectors(), claimVectors()...), spellingVectors()...)
	other := map[string]string{"ES256": "HS256", "EdDSA": "ES256", "HS256": "ES256"}
	for algorithm, second := range other {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			key, another := newPair(t, algorithm), newPair(t, second)
			signer := newSigner(t, key.Key, another.Key)
			f := newForge(t, sign(t, signer, time.Hour), key, another)
			for _, control := range []string{f.raw, f.resigned(f.header, f.claim), f.withClaim("{", `{"a":{"b":[1e400]},`)} {
				if claims, err := signer.Parse(control); err != nil || claims.Subject != wei {
					t.Fatalf("the control is refused: %v, %v", claims, err)
				}
			}
			for _, v := range vectors {
				if v.only != "" && v.only != algorithm {
					continue
				}
				want, ok := token.Reasons[v.reason]
				if !ok {
					t.Fatalf("%s: no reason %s", v.name, v.reason)
				}
				f.T = t
				claims, err := signer.Parse(v.make(f))
				if !errors.Is(err, want) || claims != (token.Claims{}) {
					t.Errorf("%s: got %v, want %v", v.name, err, want)
				}
				if v.reason != "expired" && !errors.Is(err, token.ErrInvalid) {
					t.Errorf("%s: %v is not ErrInvalid", v.name, err)
				}
			}
		})
	}
}

// TestEveryReasonHasAVector keeps the table complete.
func TestEveryReasonHasAVector(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range append(append(headerVectors(), claimVectors()...), spellingVectors()...) {
		seen[v.reason] = true
	}
	for reason := range token.Reasons {
		if !seen[reason] {
			t.Errorf("no vector is refused for %s", reason)
		}
	}
}

// TestExpiredIsAllThatIsWrong: a token that is expired and also wrong is reported as
// wrong. "Expired" would tell a client that the token is of this service.
func TestExpiredIsAllThatIsWrong(t *testing.T) {
	t.Parallel()
	key, long := newPair(t, "HS256"), noon.Add(-24*time.Hour)
	signer := newSigner(t, key.Key)
	f := newForge(t, sign(t, newSignerAt(t, func() time.Time { return long }, key.Key), time.Hour), key, pair{})
	for old, want := range map[string]string{
		`"iss":"` + issuer + `"`: "issuer", `"aud":"` + audience + `"`: "audience", `"sub":"1000"`: "subject",
	} {
		raw := f.withClaim(old, strings.Replace(old, `":"`, `":"x`, 1))
		if _, err := signer.Parse(raw); !errors.Is(err, token.Reasons[want]) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := signer.Parse(f.raw); err != token.ErrExpired {
		t.Error(err)
	}
}
