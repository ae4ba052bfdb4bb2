package source

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// kratosUser is an identity of Ory Kratos, as GET /admin/identities?include_credential=password lists it: Identity in
// the reference of its API (1.3), and WithDeclassifiedCredentials in identity/identity.go, read in November 2026.
//
// Metadata and recovery addresses are not imported. The first give rights in the apps of the deployment, and the second
// are mostly the verifiable ones.
type kratosUser struct {
	ID      ID         `json:"id"`
	State   string     `json:"state"` // active or inactive; early versions have none
	Created *time.Time `json:"created_at"`
	Updated *time.Time `json:"updated_at"`
	// Each deployment has a schema of its own for these.
	Traits      map[string]json.RawMessage `json:"traits"`
	Addresses   []kratosAddress            `json:"verifiable_addresses"`
	Credentials map[string]struct {
		Identifiers []string `json:"identifiers"`
		Config      *struct {
			Hash string `json:"hashed_password"`
		} `json:"config"`
	} `json:"credentials"`
}

// kratosAddress is an email or a phone that Kratos verifies by a code or a link.
type kratosAddress struct {
	Value    string     `json:"value"`
	Via      string     `json:"via"` // email or sms
	Verified bool       `json:"verified"`
	At       *time.Time `json:"verified_at"`
}

// newKratos returns the reader of an identity. A phone that Kratos has not verified is left out, unless the operator
// vouches for it: it would let its owner into an account that a stranger may have made.
func newKratos(phones bool) func(element []byte) Record {
	return func(element []byte) Record {
		var from kratosUser
		if err := json.Unmarshal(element, &from); err != nil {
			return unreadable(err)
		}
		// Traits have no fixed names, so the usual ones are tried.
		from.spread()
		u := User{
			ID: from.ID, UserName: from.trait("username"), RealName: from.trait("name", "full_name"),
			FirstName: from.trait("first_name", "given_name"), LastName: from.trait("last_name", "family_name"),
			AvatarURL: from.trait("picture", "avatar_url"), Status: kratosStatus(from.State), Created: from.Created,
			Updated: from.Updated,
		}
		email := from.address("email", "email")
		u.Email = email.Value
		if email.Verified { // check: import-kratos-email
			// Verified addresses that an operator has imported into Kratos have no time.
			if u.EmailVerified = email.At; email.At == nil {
				u.EmailVerified = verifiedAt(u.Created)
			}
		}
		phone := from.address("sms", "phone", "phone_number")
		u.Phone = phone.Value
		r := Record{User: &u}
		r.vouched(phone.Verified || phones)
		from.login(&r)
		return r
	}
}

// kratosStatus returns the status for a state. A state that Kratos does not have is refused.
func kratosStatus(state string) string {
	// The states are those of identity/identity.go.
	switch state {
	case "active", "":
		return Active
	case "inactive": // check: import-kratos-inactive
		return Disabled
	}
	return "unknown"
}

// login sets the hash of the password, and notes other ways in.
func (k *kratosUser) login(r *Record) {
	// The list has no credentials unless it was asked for them, and a later import would not bring the hashes: its users
	// are present then. A user without any credential is imported with an empty object.
	if k.Credentials == nil { // check: import-kratos-credentials
		r.Wrong = noteNoHashes
	}
	// A credential without identifiers is one that the user has removed. No two credentials are of one kind.
	for kind, c := range k.Credentials {
		if len(c.Identifiers) == 0 {
			continue
		}
		// A code is sent to an address, as Enroll does. A kind of a later version is noted as a factor.
		switch kind {
		case "password":
			// The list has no config of a credential that it was not asked for. Such users would lose their passwords.
			if c.Config == nil { // check: import-kratos-config
				r.Wrong = noteNoHashes
				continue
			}
			r.User.PasswordHash = c.Config.Hash
		// Both are logins by another provider, which has its own second factors.
		case "oidc", "saml":
			r.loses(true, noteIdentities)
		case "code", "code_recovery", "link_recovery":
		default:
			r.loses(true, noteFactors)
		}
	}
	// The order of a map is another one each time.
	slices.Sort(r.Left)
}

// spread makes traits of the members of name: many schemas have the name in parts, such as first and last.
func (k *kratosUser) spread() {
	// A name that is a text stays the whole name.
	var parts map[string]json.RawMessage
	if json.Unmarshal(k.Traits["name"], &parts) != nil {
		return
	}
	for part, value := range parts {
		k.Traits[strings.TrimSuffix(part, "_name")+"_name"] = value
	}
	delete(k.Traits, "name")
}

// trait returns the first of the named traits that is a text.
func (k *kratosUser) trait(names ...string) string { return firstText(k.Traits, names...) }

// address returns the email or the phone of a user: the first that is verified, or else the one in the named traits, or
// the first of all. Schemas may have several emails.
func (k *kratosUser) address(via string, traits ...string) kratosAddress {
	// Kratos lists addresses in the order of the traits, and verifies each by itself.
	first := kratosAddress{Value: k.trait(traits...)}
	for _, a := range k.Addresses {
		switch {
		case a.Via != via:
		case a.Verified:
			return a
		case first.Value == "":
			first = a
		}
	}
	return first
}
