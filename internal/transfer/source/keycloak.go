package source

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// keycloakUser is a user in an export of Keycloak: UserRepresentation in the documentation of its admin API (26.2).
// Roles, groups and attributes are not imported.
//
// An export to a directory has the users in files of their own, realm-users-0.json and so on. Each has the member
// users, as the file of a whole realm has it. The ids are UUIDs, which are kept in imported_users only.
//
// A user without a password may come from another provider or from LDAP. It is imported if its email is verified: its
// holder can log in by a code.
type keycloakUser struct {
	ID            ID         `json:"id"`
	UserName      string     `json:"username"`
	Email         string     `json:"email"`
	EmailVerified bool       `json:"emailVerified"`
	FirstName     string     `json:"firstName"`
	LastName      string     `json:"lastName"`
	Enabled       bool       `json:"enabled"`
	Created       int64      `json:"createdTimestamp"` // in milliseconds
	Identities    []struct{} `json:"federatedIdentities"`
	Credentials   []struct {
		Type string `json:"type"`
		// Each of these is a text that contains JSON.
		Secret string `json:"secretData"`
		Data   string `json:"credentialData"`
	} `json:"credentials"`
}

// keycloak reads a user of Keycloak. Keycloak verifies an email by a link, so a verified one stays verified.
func keycloak(element []byte) Record {
	// A member of another type means another version, and could mean anything.
	var from keycloakUser
	if err := json.Unmarshal(element, &from); err != nil {
		return unreadable(err)
	}
	u := User{
		ID: from.ID, UserName: from.UserName, Email: from.Email, FirstName: from.FirstName, LastName: from.LastName,
		Status: Disabled,
	}
	// A user is disabled unless the file says that it is not.
	if from.Enabled {
		u.Status = Active
	}
	if from.Created > 0 {
		u.Created = new(time.UnixMilli(from.Created).UTC())
	}
	// The time of the verification is not in the file.
	if from.EmailVerified { // check: import-keycloak-email
		u.EmailVerified = verifiedAt(u.Created)
	}
	r := Record{User: &u}
	r.loses(len(from.Identities) > 0, noteIdentities)
	// A user has one password at most. Keycloak keeps earlier ones under another type.
	for _, c := range from.Credentials {
		switch c.Type {
		case "password":
			u.PasswordHash = keycloakHash(c.Secret, c.Data)
		case "password-history":
		// Extensions have types of their own, which are noted as factors.
		default:
			r.loses(true, noteFactors)
		}
	}
	return r
}

// keycloakHash returns the spelling that package password reads. For an algorithm of an extension it returns a text
// that is not a hash, so the row is refused with a note: the user could not log in.
func keycloakHash(secret, data string) string {
	// Salts and values are in base64 with padding. Keycloak writes each parameter of argon2 as a list of one text.
	var s struct{ Value, Salt string }
	var d struct {
		Algorithm  string              `json:"algorithm"`
		Iterations int                 `json:"hashIterations"`
		More       map[string][]string `json:"additionalParameters"`
	}
	if json.Unmarshal([]byte(secret), &s) != nil || json.Unmarshal([]byte(data), &d) != nil {
		return "malformed"
	}
	// A list of two texts is of an unknown version. Joined by a comma they are neither a known type nor a number.
	one := func(name string) string { return strings.Join(d.More[name], ",") }
	switch d.Algorithm {
	case "pbkdf2", "pbkdf2-sha1":
		return fmt.Sprintf("$pbkdf2-sha1$i=%d$%s$%s", d.Iterations, s.Salt, s.Value)
	case "pbkdf2-sha256", "pbkdf2-sha512":
		return fmt.Sprintf("$%s$i=%d$%s$%s", d.Algorithm, d.Iterations, s.Salt, s.Value)
	// Keycloak writes argon2id as argon2 and its type.
	case "argon2":
		if one("type") != "id" || one("version") != "1.3" { // check: import-keycloak-argon2
			return d.Algorithm
		}
		return fmt.Sprintf("$argon2id$v=19$m=%s,t=%d,p=%s$%s$%s", one("memory"), d.Iterations, one("parallelism"),
			strings.TrimRight(s.Salt, "="), strings.TrimRight(s.Value, "="))
	}
	return d.Algorithm
}
