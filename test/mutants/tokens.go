package main

// ofTokens has mutants of package token: changes of its code, each of which a test must notice (see main.go).
var ofTokens = []mutant{
	{
		name:  "token: the algorithm is taken from the token",
		edits: in("token-algorithm", "h.Algorithm != key.Algorithm()", `h.Algorithm == ""`),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name: "token: the signature is not verified",
		edits: in("token-signature",
			"_, err = s.parser.ParseWithClaims(raw, &p, public)",
			"_, _, err = s.parser.ParseUnverified(raw, &p); err = errors.Join(err, p.Validate())"),
		pkg: "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: never expires",
		edits: in("token-expiry", "return date(p.ExpiresAt), nil", "return date(new(int64(maxTime))), nil"),
		pkg:   "internal/token", tests: "^Test(NegativeVectors|Leeway)$",
	},
	{
		name:  "token: accepted before nbf",
		edits: in("token-nbf", "return date(p.NotBefore), nil", "return date(p.IssuedAt), nil"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: accepted with iat in the future",
		edits: in("token-iat", "jwt.WithIssuedAt(),", ""),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: accepted a day before its issue",
		edits: in("token-clock-step", "ClockStep = 5 * time.Minute", "ClockStep = 48 * time.Hour"),
		pkg:   "internal/token", tests: "^TestLeeway$",
	},
	{
		name:  "token: every issuer is accepted",
		edits: in("token-issuer", "jwt.WithIssuer(s.issuer),", ""),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: every audience is accepted",
		edits: in("token-audience", "jwt.WithAudience(s.audience),", ""),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: every type is accepted",
		edits: in("token-type", "if h.Type != tokenType {", "if false {"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: unknown members of the header are accepted",
		edits: in("token-critical", ", json.RejectUnknownMembers(true)", ""),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: other spellings of base64 are accepted",
		edits: in("token-base64", "jwt.WithStrictDecoding(),", ""),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: line breaks are accepted",
		edits: in("token-lines", `strings.ContainsAny(raw, "\r\n")`, `strings.ContainsAny(raw, "\v")`),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: a leeway of 50 minutes",
		edits: in("token-leeway", "newParser(s, Leeway)", "newParser(s, 100*Leeway)"),
		pkg:   "internal/token", tests: "^TestLeeway$",
	},
	{
		name: "token: expired is answered for a token of another issuer",
		edits: in("token-forged-first", "\t\t{jwt.ErrTokenInvalidIssuer, errIssuer},\n",
			"\t\t{jwt.ErrTokenExpired, ErrExpired},\n\t\t{jwt.ErrTokenInvalidIssuer, errIssuer},\n"),
		pkg: "internal/token", tests: "^TestExpiredIsAllThatIsWrong$",
	},
	{
		name:  "token: no length limit",
		edits: in("token-length", "if len(raw) > maxToken {", "if false {"),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: a life of any length is accepted",
		edits: in("token-exp-issued", " || life > MaxLife", ""),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: an empty sid is accepted as no sid",
		edits: in("token-sid", `*p.SessionID == "" || `, ""),
		pkg:   "internal/token", tests: "^TestNegativeVectors$",
	},
	{
		name:  "token: all have the same id",
		edits: in("token-jti", "io.ReadFull(s.rand, id[:])", "0, error(nil)"),
		pkg:   "internal/token", tests: "^TestTokensDiffer$",
	},
	{
		name:  "token: an expired one is renewed",
		edits: in("token-renewal", "if !now.Before(claims.ExpiresAt.Add(Leeway)) {", "if false {"),
		pkg:   "internal/token", tests: "^TestRenewable$",
	},
	{
		name:  "token: a short HS256 secret is accepted",
		edits: in("token-secret-length", "if len(secret) < minSecret {", "if false {"),
		pkg:   "internal/token", tests: "^TestNewHS256$",
	},
	{
		name: "token: keys print themselves",
		edits: in("token-key-printed", "func (k Key) Format(f fmt.State, _ rune) {",
			"func (k Key) format(f fmt.State, _ rune) {"),
		pkg: "internal/token", tests: "^TestKeysDoNotPrintThemselves$",
	},
	{
		name: "token: the secret is published",
		edits: in("token-secret-published", "		private: new(any(secret)),",
			"		private: new(any(secret)), jwk: &jwk{Type: \"oct\", X: encode(secret)},"),
		pkg: "internal/token", tests: "^TestJWKS$",
	},
}
