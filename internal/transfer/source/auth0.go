package source

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// auth0User is a user in one of three files that Auth0 has ("Bulk User Import Database Schema and Examples", "Bulk User
// Exports" and "How to Use the Password Hashes Export from Auth0" in its documentation, read in November 2026):
//
//   - that of a bulk import, an array with the hashes
//   - an export by the API, NDJSON without hashes
//   - an export of hashes, which its support makes: NDJSON of MongoDB, with fewer members
//
// Metadata is not imported: it gives rights in the apps of the tenant.
type auth0User struct {
	// This id has the name of the provider before it, except in a bulk import.
	ID            string     `json:"user_id"`
	Email         string     `json:"email"`
	EmailVerified bool       `json:"email_verified"`
	Phone         string     `json:"phone_number"`
	PhoneVerified bool       `json:"phone_verified"`
	UserName      string     `json:"username"`
	Name          string     `json:"name"`
	GivenName     string     `json:"given_name"`
	FamilyName    string     `json:"family_name"`
	Picture       string     `json:"picture"`
	Blocked       *bool      `json:"blocked"`
	Created       *auth0Time `json:"created_at"`
	Updated       *auth0Time `json:"updated_at"`
	LastLogin     *auth0Time `json:"last_login"`
	// At most one of the two is there. The first is bcrypt.
	Hash       string     `json:"password_hash"`
	Custom     *auth0Hash `json:"custom_password_hash"`
	Identities []struct {
		Provider string `json:"provider"`
	} `json:"identities"`
	// The first is the state of a user, the second is for a bulk import. Secrets of factors are in the second, and are
	// not read.
	Multifactor []json.RawMessage `json:"multifactor"`
	MFAFactors  []json.RawMessage `json:"mfa_factors"`
	// These are in an export of hashes. It may have the identifiers of a user in the list only.
	OID struct {
		Value string `json:"$oid"`
	} `json:"_id"`
	AltID        string `json:"alt_id"`
	ExportedHash string `json:"passwordHash"`
	Identifiers  []struct {
		Type     string `json:"type"`
		Value    string `json:"value"`
		Verified bool   `json:"verified"`
	} `json:"identifiers"`
}

// auth0Time is a time as text, or as an object of MongoDB.
type auth0Time struct{ time.Time }

// UnmarshalJSON reads "2019-12-06T18:36:12.412Z" and {"$date":"2019-12-06T18:36:12.412Z"}.
func (t *auth0Time) UnmarshalJSON(text []byte) error {
	// The tool that exports a collection of MongoDB writes types that JSON has not as objects.
	if len(text) > 0 && text[0] == '{' {
		date := struct {
			At *time.Time `json:"$date"`
		}{&t.Time}
		return json.Unmarshal(text, &date)
	}
	return json.Unmarshal(text, &t.Time)
}

// orNil returns nil if there is no time.
func (t *auth0Time) orNil() *time.Time {
	// An export has the members that its request has named, so that any time may be missing.
	if t == nil {
		return nil
	}
	return &t.Time
}

// newAuth0 returns the reader of a user. A phone that Auth0 has not verified is left out, unless the operator vouches
// for it.
func newAuth0(phones bool) func(element []byte) Record {
	return func(element []byte) Record {
		var from auth0User
		if err := json.Unmarshal(element, &from); err != nil {
			return unreadable(err)
		}
		from.fromIdentifiers()
		// The nickname is left out: Auth0 makes one of each email, and it is not unique.
		u := User{
			UserName: from.UserName, Email: from.Email, Phone: from.Phone, FirstName: from.GivenName,
			LastName: from.FamilyName, AvatarURL: from.Picture, Status: Active, Created: from.Created.orNil(),
			Updated: from.Updated.orNil(), LastLogin: from.LastLogin.orNil(), PasswordHash: from.hash(),
		}
		r := Record{User: &u}
		// Ids of other providers have the name of the provider before them and may be long.
		// The id is bounded here, and by the same rule in the files of all systems.
		if quoted, err := json.Marshal(from.id()); err != nil || u.ID.UnmarshalJSON(quoted) != nil {
			return unreadable(errSourceID)
		}
		// A user whom Auth0 has blocked after many wrong passwords is not blocked in its files.
		if from.Blocked != nil && *from.Blocked { // check: import-auth0-blocked
			u.Status = Disabled
		}
		if from.EmailVerified { // check: import-auth0-email
			u.EmailVerified = verifiedAt(u.Created)
		}
		// Auth0 fills the name with the email or the phone if it knows none.
		if from.Name != from.Email && from.Name != from.Phone {
			u.RealName = from.Name
		}
		r.vouched(from.PhoneVerified || phones)
		r.loses(from.elsewhere(), noteIdentities)
		// A later file with hashes changes no user that exists, so an operator must learn of it from a dry run.
		r.loses(u.PasswordHash == "" && from.inDatabase(), noteNoHashes)
		r.loses(len(from.Multifactor)+len(from.MFAFactors) > 0, noteFactors)
		// An export of hashes does not say who is blocked, and one by the API says it only if it was asked to. In a file for
		// a bulk import the member is optional.
		r.loses(from.Blocked == nil && (from.ExportedHash != "" || strings.Contains(from.ID, "|")), noteBlocked)
		return r
	}
}

// id returns the id of a user. The prefix auth0| is that of the tenant's own users. It is missing in the files for a
// bulk import and in an export of hashes, so that it is left out: the same user has one id in the three.
func (a *auth0User) id() string {
	// A tenant may have chosen ids of its own, which the API shows instead of MongoDB's.
	switch {
	case a.ID != "":
		return strings.TrimPrefix(a.ID, "auth0|")
	case a.AltID != "":
		return strings.TrimPrefix(a.AltID, "auth0|")
	}
	return a.OID.Value
}

// inDatabase reports whether a user is one of a database of the tenant, which has a password.
func (a *auth0User) inDatabase() bool {
	// An id without a provider is that of a file that has users of a database only.
	provider, _, found := strings.Cut(a.ID, "|")
	return !found || provider == "auth0"
}

// elsewhere reports whether a user logs in by another provider, such as Google. Its id begins with the provider.
func (a *auth0User) elsewhere() bool {
	// Codes by mail and SMS are a login here as well.
	own := []string{"auth0", "email", "sms"}
	for _, i := range a.Identities {
		if !slices.Contains(own, i.Provider) {
			return true
		}
	}
	provider, _, found := strings.Cut(a.ID, "|")
	return found && !slices.Contains(own, provider)
}

// fromIdentifiers fills what an export of hashes has in its identifiers only.
func (a *auth0User) fromIdentifiers() {
	// A member of its own comes first, with its own mark of verification.
	for _, i := range a.Identifiers {
		switch {
		case i.Type == "email" && a.Email == "":
			a.Email, a.EmailVerified = i.Value, i.Verified
		case strings.HasPrefix(i.Type, "phone") && a.Phone == "":
			a.Phone, a.PhoneVerified = i.Value, i.Verified
		case i.Type == "username" && a.UserName == "":
			a.UserName = i.Value
		}
	}
}

// hash returns the hash in a spelling that package password reads.
func (a *auth0User) hash() string {
	// Auth0 has replaced an imported hash by bcrypt at the first login, so bcrypt is the later one.
	switch {
	case a.Hash != "":
		// An export by the API has none, in no plan.
		return a.Hash
	case a.ExportedHash != "":
		return a.ExportedHash
	case a.Custom != nil:
		return a.Custom.spelling()
	}
	return ""
}

// auth0Hash is a hash that was made outside Auth0: custom_password_hash. Auth0 has imported it, so such files are those
// by which a tenant moved to Auth0 before.
type auth0Hash struct {
	Algorithm string    `json:"algorithm"`
	Hash      auth0Text `json:"hash"`
	Salt      *struct {
		auth0Text
		Position string `json:"position"` // prefix or suffix
	} `json:"salt"`
	Password struct {
		Encoding string `json:"encoding"`
	} `json:"password"`
	// The parameters of scrypt.
	Cost     *int `json:"cost"`
	Block    *int `json:"blockSize"`
	Parallel *int `json:"parallelization"`
}

// auth0Text is a text or bytes, by its encoding.
type auth0Text struct {
	Value    string `json:"value"`
	Encoding string `json:"encoding"` // base64, hex or utf8
}

// base64 returns the bytes in base64, as package password reads them. ok is false if they are malformed.
func (t auth0Text) base64() (text string, ok bool) {
	// An encoding that the schema does not have could mean anything.
	switch t.Encoding {
	case "base64": // package password reads both alphabets, with and without padding
		return t.Value, true
	case "hex":
		raw, err := hex.DecodeString(t.Value)
		return base64.StdEncoding.EncodeToString(raw), err == nil
	case "utf8", "":
		return base64.StdEncoding.EncodeToString([]byte(t.Value)), true
	}
	return "", false
}

// spelling returns the hash as package password reads it, or a text that is no hash, so that the row is refused: of
// HMAC, whose key would be stored with each user, of MD4, and of passwords in an encoding that Enroll does not use.
func (h *auth0Hash) spelling() string {
	const none = "malformed"
	// ASCII is part of UTF-8. A password beyond it could not be entered in the other system.
	if e := h.Password.Encoding; e != "" && e != "utf8" && e != "ascii" { // check: import-auth0-encoding
		return none
	}
	// A hash of the wrong length, or one beyond a bound, is refused by package password.
	key, ok := h.Hash.base64()
	salt, format := "", "{SALT}{PASSWORD}"
	if h.Salt != nil {
		var okSalt bool
		salt, okSalt = h.Salt.base64()
		ok = ok && okSalt
		if h.Salt.Position == "suffix" { // check: import-auth0-salt
			format = "{PASSWORD}{SALT}"
		}
	}
	switch {
	case !ok:
	// The length of the key, keylen, is that of the hash.
	case h.Algorithm == "scrypt":
		n, r, p := orDefault(h.Cost, 1<<14), orDefault(h.Block, 8), orDefault(h.Parallel, 1)
		// The cost is a power of two.
		if n > 0 && n&(n-1) == 0 {
			return fmt.Sprintf("$scrypt$ln=%d,r=%d,p=%d$%s$%s", bits.Len(uint(n))-1, r, p, salt, key)
		}
	// Auth0 puts the salt before or behind the password, and nothing between them.
	case h.Algorithm == "md5", h.Algorithm == "sha1", h.Algorithm == "sha256", h.Algorithm == "sha512":
		return "$" + h.Algorithm + "$pf=" + base64.StdEncoding.EncodeToString([]byte(format)) + "$" + salt + "$" + key
	// These have their salts in the text. Another one would be part of the password, which is stored nowhere here.
	case h.Salt != nil:
	case h.Algorithm == "argon2", h.Algorithm == "bcrypt", h.Algorithm == "ldap", h.Algorithm == "pbkdf2":
		return h.Hash.Value
	}
	return none
}

// orDefault returns a number, or the default of Auth0 if it is missing.
func orDefault(n *int, other int) int {
	// 0 is no default but a mistake, which package password refuses.
	if n == nil {
		return other
	}
	return *n
}
