package main

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
)

// bad are tokens that every verifier must refuse. Their times are wrong by more than every usual leeway.
func (f *forge) bad(header, claims members) []vector {
	now := claims["iat"].(int64)
	vectors := f.confused(header, claims)
	for name, changes := range map[string]members{
		"expired":              {"iat": now - 7200, "nbf": now - 7200, "exp": now - 3600},
		"not yet in force":     {"iat": now + 3600, "nbf": now + 3600, "exp": now + 7200},
		"without an expiry":    {"exp": nil},
		"for another audience": {"aud": "billing"},
		"without an audience":  {"aud": nil},
		"of another issuer":    {"iss": "https://enroll.example"},
		"without an issuer":    {"iss": nil},
	} {
		vectors = append(vectors, vector{name, es256(f.ec, text(header, claims.with(changes)))})
	}
	for name, changes := range map[string]members{
		"of an unknown key":          {"kid": "unknown"},
		"of another type":            {"typ": "rt+jwt"},
		"without a type":             {"typ": nil},
		"with the other key's kid":   {"kid": f.ids["EdDSA"]},
		"with the other algorithm":   {"alg": "EdDSA"},
		"with an unknown algorithm":  {"alg": "ES256K"},
		"with both of the other key": {"alg": "EdDSA", "kid": f.ids["EdDSA"]},
	} {
		vectors = append(vectors, vector{name, es256(f.ec, text(header.with(changes), claims))})
	}
	return append(vectors, f.broken(header, claims)...)
}

// confused are tokens that can be made without a secret of the service: unsigned, signed with a
// public value, or with a key that is in the token itself (RFC 8725 §2.1).
func (f *forge) confused(header, claims members) []vector {
	none := text(header.with(members{"alg": "none"}), claims)
	symmetric := text(header.with(members{"alg": "HS256"}), claims)
	der, err := x509.MarshalPKIXPublicKey(&f.ec.PublicKey)
	if err != nil {
		panic(err) // P-256 is known
	}
	spelt := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	point := der[len(der)-64:]
	jwk := members{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "mine",
		"x": base64.RawURLEncoding.EncodeToString(f.foreignPoint()[:32]),
		"y": base64.RawURLEncoding.EncodeToString(f.foreignPoint()[32:]),
	}
	return []vector{
		{"alg none", none + "."},
		{"alg none with a signature", es256(f.ec, none)},
		{"alg nOnE", text(header.with(members{"alg": "nOnE"}), claims) + "."},
		{"HS256 keyed with the public key's PEM", hs256(spelt, symmetric)},
		{"HS256 keyed with the public key's DER", hs256(der, symmetric)},
		{"HS256 keyed with the public point", hs256(point, symmetric)},
		{"HS256 with an empty key", hs256(nil, symmetric)},
		{"signed by a stranger", es256(f.foreign, text(header, claims))},
		{"with the stranger's key in it", es256(f.foreign, text(header.with(members{"kid": nil, "jwk": jwk}), claims))},
		{"with the stranger's key and its kid",
			es256(f.foreign, text(header.with(members{"kid": "mine", "jwk": jwk}), claims))},
		{"with the address of the stranger's key",
			es256(f.foreign, text(header.with(members{"jku": f.url + "/.well-known/jwks.json", "kid": "mine"}), claims))},
	}
}

func (f *forge) foreignPoint() []byte {
	point, err := f.foreign.PublicKey.Bytes() // 0x04, X, Y (SEC 1 §2.3.3)
	if err != nil {
		panic(err) // P-256 is known
	}
	return point[1:]
}

// broken are good tokens that were damaged or changed.
func (f *forge) broken(header, claims members) []vector {
	good := strings.Split(es256(f.ec, text(header, claims)), ".")
	join := func(parts ...string) string { return strings.Join(parts, ".") }
	return []vector{
		{"with another user's id", join(good[0], encode(claims.with(members{"sub": "1"})), good[2])},
		{"without its signature", join(good[0], good[1], "")},
		{"with two parts", join(good[0], good[1])},
		{"with a signature of zeros", join(good[0], good[1], strings.Repeat("A", 86))},
		{"with half a signature", join(good[0], good[1], good[2][:43])},
		{"no token at all", "eyJ"},
	}
}
