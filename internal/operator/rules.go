package operator

import (
	"errors"
	"io"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/breach"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// Rules are those of a registration. What an operator enters is checked by them, too: an identifier that a
// registration refuses may be refused at a login as well, or look like that of another user. All fields but Breaches,
// SiteWords, InviteLimit, Keys and Extra are required. A request with an idempotency key also needs Keys.
type Rules struct {
	Phones    identifier.PhoneRules // of the countries that are served
	Policy    *password.Policy      // of passwords
	SiteWords []string              // that must not be a password
	Hasher    *password.Hasher      // shared with registrations, so that it bounds the hashes of both
	Breaches  *breach.Checker       // nil: passwords are compared with the built-in list only
	Names     leave.Names           // hash the user names that are reserved after a deletion
	Keys      *idempotency.Keys     // of requests that may be repeated
	Extra     *extra.Schema         // describes the users' extra data; nil: they have none
	// InviteLimit is how many users the new user may invite. 0 means no limit.
	InviteLimit int32
	Rand        io.Reader
}

// errNoRules reports an act on a Service that was made without rules. It is a mistake of the program.
var errNoRules = errors.New("operator: the rules are missing")

// identifiers are the user name, the email and the phone of a user, parsed. One that was not given is "" in all its
// fields.
type identifiers struct {
	userName identifier.UserName
	email    identifier.Email
	phone    identifier.Phone
}

// parse checks the identifiers that are not empty, and returns all refusals joined.
func (r *Rules) parse(userName, email, phone string) (i identifiers, err error) {
	// All are checked, so that one answer names each wrong field.
	var refusals []error
	if userName != "" {
		if i.userName, err = identifier.ParseUserName(userName); err != nil {
			refusals = append(refusals, refusal.OfUserName(err))
		}
	}
	// An email is stored as typed (a non-ASCII domain is normalized), and compared in lower case.
	if email != "" {
		if i.email, err = identifier.ParseEmail(email); err != nil {
			refusals = append(refusals, refusal.OfEmail(err))
		}
	}
	// A registration also needs the code of the phone. Here the operator vouches for the phone.
	if phone != "" {
		if i.phone, err = r.Phones.Parse(phone); err != nil {
			refusals = append(refusals, refusal.OfPhone(err))
		}
	}
	return i, errors.Join(refusals...)
}

// password returns the normalized password of a new user, "" for none, or the refusal of the policy.
func (r *Rules) password(typed string, i identifiers) (string, error) {
	if typed == "" {
		return "", nil
	}
	return r.fit(typed, r.wordsOf(i))
}

// wordsOf returns the words of a request that its password must not be. They are those of a change of the password by
// the holder. An identifier that is not valid is "" here; the request is refused because of it.
func (r *Rules) wordsOf(i identifiers) []string {
	return credential.Words(db.User{
		UserName: &i.userName.Display, UserNameKey: &i.userName.Key,
		Email: &i.email.Display, EmailKey: &i.email.Key, Phone: &i.phone.E164,
	}, r.Phones)
}

// fit returns the normalized form of a password, or the refusal of the policy. own are words of the user, which the
// password must not be.
func (r *Rules) fit(typed string, own []string) (string, error) {
	// The normalized form is hashed, because keyboards can send different code points for the same character.
	normalized, err := r.Policy.Check(typed, append(own, r.SiteWords...)...) // check: operator-policy
	if err != nil {
		return "", refusal.OfPassword(err)
	}
	return normalized, nil
}

// wayIn refuses a user that could not log in, and names a field that would help. The table has the same rule as a
// constraint, but the error of a violated constraint names no field.
func wayIn(n NewUser) error {
	missing := ""
	switch {
	// There is no email to vouch for. That is refused also if there is another way in: the operator has forgotten
	// the email.
	case n.EmailVerified && n.Email == "":
		missing = "email"
	// The three methods of a registration. A phone and a verified email get codes to log in with.
	case n.UserName != "" && n.Password != "", n.Phone != "", n.EmailVerified:
		return nil
	// A user name allows a login only with a password.
	case n.UserName != "":
		missing = "password"
	// An unverified email gets no code, because it may be that of another person.
	case n.Email != "":
		missing = "email_verified"
	default:
		missing = "user_name"
	}
	return errors.Join(&refusal.Error{Reason: refusal.IdentifierNeeded},
		&refusal.Error{Reason: refusal.Required, Field: missing})
}

// newcomer checks the fields of a new user without the database. It returns its row, without the hash and the invite
// code, and the normalized password. The refusals of all fields are joined, so that an operator can correct a form at
// once.
func (s *Service) newcomer(n NewUser) (db.InsertUserParams, string, error) {
	if err := s.site(n.Site); err != nil {
		return db.InsertUserParams{}, "", err
	}
	i, err := s.rules.parse(n.UserName, n.Email, n.Phone)
	typed, weak := s.rules.password(n.Password, i)
	told, wrong := n.Basics.Parse()
	// A wrong field is refused first: once it is corrected, there may be a way in.
	if err := errors.Join(err, weak, wrong); err != nil {
		return db.InsertUserParams{}, "", err
	}
	if err := wayIn(n); err != nil { // check: operator-way-in
		return db.InsertUserParams{}, "", err
	}
	// The columns that are missing here are set where the row is inserted, or have the value of a registration.
	row := db.InsertUserParams{
		SiteID:   n.Site,
		UserName: postgres.NullIfEmpty(i.userName.Display), UserNameKey: postgres.NullIfEmpty(i.userName.Key),
		UserNameSkeleton: postgres.NullIfEmpty(i.userName.Skeleton),
		Email:            postgres.NullIfEmpty(i.email.Display), EmailKey: postgres.NullIfEmpty(i.email.Key),
		EmailVerified: n.EmailVerified, Phone: postgres.NullIfEmpty(i.phone.E164),
		GroupID: n.Group, Status: statusActive, KeysVersion: identifier.DataVersion,
	}
	told.FillNew(&row)
	// The default group needs no row in the table. Any other one is looked up in the transaction.
	if n.Group == 0 {
		row.GroupID = s.defaultGroup
	}
	// An operator may prepare disabled users before a site opens.
	if n.Disabled {
		row.Status = statusDisabled
	}
	// NULL means no limit.
	if s.rules.InviteLimit > 0 {
		row.InviteLimit = &s.rules.InviteLimit
	}
	return row, typed, nil
}
