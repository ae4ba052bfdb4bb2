package main

// ofTokens are mutants of package token.
var ofTokens = []mutant{
	{
		name:  "token: the algorithm is the sender's choice",
		edits: in("internal/token/parse.go", "h.Algorithm != key.Algorithm()", `h.Algorithm == ""`),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name: "token: the signature is not verified",
		edits: in("internal/token/parse.go",
			"if err := key.method.Verify(raw[:len(head)+1+len(body)], signature, key.public); err != nil {", "if len(signature) == 0 {"),
		pkg: "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: never expires",
		edits: in("internal/token/parse.go", "case !now.Before(claims.ExpiresAt.Add(Leeway)):", "case false:"),
		pkg:   "internal/token", tests: "^Test(NegativeVectors|Leeway)$",
	},
	{
		name:  "token: good before its time",
		edits: in("internal/token/parse.go", "case claims.NotBefore.After(now.Add(Leeway)):", "case false:"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: issued in the future",
		edits: in("internal/token/parse.go", "case claims.IssuedAt.After(now.Add(Leeway)):", "case false:"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: any issuer",
		edits: in("internal/token/parse.go", "case *p.Issuer != s.issuer:", "case false:"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: any audience",
		edits: in("internal/token/parse.go", "case *p.Audience != s.audience:", "case false:"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: any type",
		edits: in("internal/token/parse.go", "if h.Type != tokenType {", "if false {"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: header members that ask for more",
		edits: in("internal/token/parse.go", ", json.RejectUnknownMembers(true)", ""),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: many spellings",
		edits: in("internal/token/parse.go", "var encoding = base64.RawURLEncoding.Strict()", "var encoding = base64.RawURLEncoding"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: any length",
		edits: in("internal/token/parse.go", "if len(raw) > maxToken {", "if false {"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: for ever",
		edits: in("internal/token/claims.go", " || claims.Life() > MaxLife", ""),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: all have one id",
		edits: in("internal/token/signer.go", "io.ReadFull(s.rand, id[:])", "0, error(nil)"),
		pkg:   "internal/token", tests: "^TestTokensDiffer$",
	},
	{
		name:  "token: an expired one is renewed",
		edits: in("internal/token/signer.go", "if !s.now().Before(claims.ExpiresAt.Add(Leeway)) {", "if false {"),
		pkg:   "internal/token", tests: "^TestRenewed$",
	},
	{
		name:  "token: an HS256 secret that can be guessed",
		edits: in("internal/token/key.go", "if len(secret) < minSecret {", "if false {"),
		pkg:   "internal/token", tests: "^TestNewHS256$",
	},
	{
		name:  "token: keys print themselves",
		edits: in("internal/token/key.go", "func (k Key) GoString() string { return k.String() }", "func (k Key) goString() string { return k.String() }"),
		pkg:   "internal/token", tests: "^TestKeysDoNotPrintThemselves$",
	},
	{
		name:  "token: the secret is published",
		edits: in("internal/token/key.go", "		private: secret,\n", "		private: secret,\n		jwk:     &jwk{Type: \"oct\", X: encode(secret)},\n"),
		pkg:   "internal/token", tests: "^TestJWKS$",
	},
}
