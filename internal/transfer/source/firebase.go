package source

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/password"
)

// FirebaseHash has the parameters of the password hashes of a project of Firebase. The signer key among them is a
// secret, which is kept in no row and in no message.
type FirebaseHash struct {
	before, after string // the spelling of a hash before the salt, and after the value
}

// ErrFirebaseHash reports parameters that no hash can be verified with. It quotes none of them.
var ErrFirebaseHash = errors.New("firebase needs a file with the password hash parameters of its console: algorithm " +
	"SCRYPT, base64_signer_key, base64_salt_separator, rounds and mem_cost, within the bounds of docs/transfer.md")

// firebaseParameter matches a parameter, as the console shows it: base64_signer_key: jxsp…==,
var firebaseParameter = regexp.MustCompile(`(\w+)"?\s*:\s*"?([\w+/=-]+)`)

// ReadFirebaseHash reads the parameters from the text that Firebase's console shows, with or without the quotation
// marks of JSON.
func ReadFirebaseHash(text string) (FirebaseHash, error) {
	// People copy the text with the line hash_config above it, which has no value.
	of := map[string]string{}
	for _, m := range firebaseParameter.FindAllStringSubmatch(text, -1) {
		// Two projects in one file: half of the parameters could be of each.
		if of[m[1]] != "" {
			return FirebaseHash{}, ErrFirebaseHash
		}
		of[m[1]] = m[2]
	}
	h := FirebaseHash{
		before: "$firescrypt$ln=" + of["mem_cost"] + ",r=" + of["rounds"] + ",p=1$",
		after:  "$" + of["base64_salt_separator"] + "$" + of["base64_signer_key"],
	}
	// A hash is as long as the signer key, so the key in the place of a hash shows whether the parameters are in their
	// bounds. Otherwise each row of the file would be refused.
	_, ok := password.Stored(h.of("AA==", of["base64_signer_key"]))
	if of["algorithm"] != "SCRYPT" || !ok { // check: import-firebase-parameters
		return FirebaseHash{}, ErrFirebaseHash
	}
	return h, nil
}

// of returns the spelling that package password reads.
func (h FirebaseHash) of(salt, value string) string { return h.before + salt + "$" + value + h.after }

// firebaseUser is a user in the JSON of firebase auth:export: EXPORTED_JSON_KEYS in src/accountExporter.ts of
// firebase-tools, read in November 2026. Members without a value are missing. Claims (customAttributes) give rights in
// the apps of the project, and are not imported.
//
// The program leaves out the hashes of users that were imported into Firebase and have not logged in since, and second
// factors.
type firebaseUser struct {
	ID            ID     `json:"localId"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"emailVerified"`
	Phone         string `json:"phoneNumber"`
	Name          string `json:"displayName"`
	Photo         string `json:"photoUrl"`
	Disabled      bool   `json:"disabled"`
	Hash          string `json:"passwordHash"`
	Salt          string `json:"salt"`
	// Times are in milliseconds, as text.
	Created   string `json:"createdAt"`
	LastLogin string `json:"lastSignedInAt"`
	Providers []struct {
		ID string `json:"providerId"`
	} `json:"providerUserInfo"`
}

// newFirebase returns the reader of a user. Firebase verifies a phone by an SMS before it stores it, so phones are
// kept. An email is verified if the file says so: by a link, or by a provider such as Google.
//
// A user that Firebase calls anonymous has nothing to log in by, and is refused.
func newFirebase(hash FirebaseHash) func(element []byte) Record {
	return func(element []byte) Record {
		var from firebaseUser
		if err := json.Unmarshal(element, &from); err != nil {
			return unreadable(err)
		}
		u := User{
			ID: from.ID, Email: from.Email, Phone: from.Phone, RealName: from.Name, AvatarURL: from.Photo,
			Status: Active, Created: milliseconds(from.Created), LastLogin: milliseconds(from.LastLogin),
		}
		if from.Disabled { // check: import-firebase-disabled
			u.Status = Disabled
		}
		if from.EmailVerified { // check: import-firebase-email
			u.EmailVerified = verifiedAt(u.Created)
		}
		// An account of the project without the right to read hashes gets the word REDACTED instead, in base64. It is
		// shorter than the signer key, so such a row is refused.
		if from.Hash != "" {
			u.PasswordHash = hash.of(from.Salt, from.Hash)
		}
		r := Record{User: &u}
		// The providers password and phone are Firebase's own.
		for _, p := range from.Providers {
			r.loses(p.ID != "password" && p.ID != "phone", noteIdentities)
		}
		return r
	}
}

// milliseconds returns a time of Unix milliseconds, nil if there is none.
func milliseconds(text string) *time.Time {
	// A fraction would be of a version that counts in another unit.
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n <= 0 {
		return nil
	}
	return new(time.UnixMilli(n).UTC())
}
