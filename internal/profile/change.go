package profile

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/avatar"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/tx"
)

// Config is what [Profiles] needs. A field is required unless its comment says "may be".
type Config struct {
	Pool    *postgres.Pool
	Hasher  *password.Hasher
	Prover  *holder.Prover
	Codes   *code.Service
	Notices *notice.Service
	// Leaving computes the hashes by which names of deleted users are reserved.
	Leaving *leave.Service
	// Phones are the rules of a registration: only countries that are served. A user whose country is no
	// longer served keeps the phone.
	Phones identifier.PhoneRules
	SMS    sms.Sender  // may be nil: phones cannot be changed
	Mail   mail.Sender // may be nil: a changed email cannot be verified at once
	// NameChangeAfter is the least time between two changes of a user name; 0 is no bound.
	NameChangeAfter time.Duration
	// Extra describes what users may keep besides the other fields; may be nil: nothing.
	Extra *extra.Schema
	Now   func() time.Time
}

// Profiles changes what users tell about themselves, and what they log in with. It is safe for concurrent
// use.
type Profiles struct {
	config  Config
	run     *tx.Runner
	queries *db.Queries
	prover  *holder.Prover
	codes   *code.Service
	notices *notice.Service
	leaving *leave.Service
	phones  identifier.PhoneRules
	// avatars bounds how many pictures are decoded at once, because each takes up to 64 MiB for a moment.
	// The others are refused as busy.
	avatars *avatar.Maker
}

// New returns Profiles. The caller has checked the fields of c, so New returns no error.
func New(c Config) *Profiles {
	run := tx.New(c.Pool)
	return &Profiles{
		config: c, run: run, queries: run.Queries(), prover: c.Prover, codes: c.Codes, notices: c.Notices,
		leaving: c.Leaving, phones: c.Phones,
		// Decoding computes without a pause, so that one picture for each processor is enough.
		avatars: avatar.New(runtime.GOMAXPROCS(0)),
	}
}

// Change is the request of a logged-in user to change what they tell about themselves. A field
// that is nil stays as it is; an empty one is cleared. Each field is optional, because pages change
// one at a time, and because a page that is older than a field must not clear it.
type Change struct {
	By holder.Holder

	RealName  *string
	FirstName *string
	LastName  *string
	AvatarURL *string
	Introduce *string
	Birthday  *int64 // Unix seconds, 0 for none
	// Extra is a JSON object, without a duplicate name or U+0000 in it. It replaces the earlier object as a
	// whole, because this package does not know what its members mean.
	Extra []byte

	// The identifiers. Code was sent for ForChange to the new Phone, or to the new Email if the request
	// has no phone; without a code the email stays unverified.
	UserName *string
	Phone    *string
	Email    *string
	Code     string
	// The proof of the holder, which a request needs that changes an identifier: the password, or a
	// code that was sent for ForChange to the user's own phone or verified email.
	OldPassword string
	ProofCode   string

	From   network.Origin // of the client; wrong passwords and codes are counted by it
	Locale string         // of the notices' text, BCP 47
}

// ChangeProfile changes all fields of the request or none, and returns the user. A request without a
// field changes nothing, not even the time of the last change. A request that
// changes an identifier also needs a proof of the holder, because people log in by it.
func (s *Profiles) ChangeProfile(ctx context.Context, c Change) (holder.User, error) {
	now := s.config.Now()
	// The fields are checked without the database, so a mistake in a field costs no query.
	row, err := s.parseChange(c, now)
	i, wrong := s.parseIdentifiers(c)
	if err := errors.Join(err, wrong); err != nil {
		return holder.User{}, err
	}
	if !i.none() {
		return s.changeIdentifiers(ctx, c, i, row)
	}
	// A request without a field does not move the time of the last change.
	u := c.By.User()
	if row == (db.ChangeProfileParams{SiteID: u.Site, ID: u.ID, Now: now}) {
		return u, nil // no field
	}
	// The statement also removes an uploaded picture whose path is replaced. It is one statement, so that two
	// changes at once of different fields both count.
	var changed db.ChangeProfileRow
	err = s.run.Alone(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		changed, err = q.ChangeProfile(ctx, row)
		return err
	})
	// The statement changes an active user only. The user may have been disabled since the token was checked.
	if errors.Is(err, pgx.ErrNoRows) {
		return holder.User{}, &refusal.Error{Reason: refusal.AccountDisabled}
	}
	if err != nil {
		return holder.User{}, refusal.Of(err)
	}
	// The row has the columns of a user, which the compiler checks.
	return c.By.After(db.User(changed)), nil
}

// parseChange turns a change into the parameters of its statement. It checks the fields by the rules of a
// registration and returns all refusals joined, so that a person can correct a form at once.
func (s *Profiles) parseChange(c Change, now time.Time) (db.ChangeProfileParams, error) {
	row := db.ChangeProfileParams{SiteID: c.By.Site(), ID: c.By.User().ID, Now: now}
	var refusals []error
	// A field that was not sent has no rule to break, and NULL leaves its column as it is.
	parse := func(sent *string, rule func(string) (string, error), refused refusal.Error) *string {
		if sent == nil {
			return nil
		}
		parsed, err := rule(*sent)
		if err != nil {
			refusals = append(refusals, &refused)
		}
		return &parsed
	}
	parseName := func(field string, sent *string) *string {
		return parse(sent, identifier.ParseRealName,
			refusal.Error{Reason: refusal.RealNameInvalid, Field: field, Limit: identifier.MaxRealName})
	}
	row.RealName = parseName("real_name", c.RealName)
	row.FirstName = parseName("first_name", c.FirstName)
	row.LastName = parseName("last_name", c.LastName)
	// The rule is that of a registration. It also admits the path of an uploaded picture.
	row.AvatarUrl = parse(c.AvatarURL, parseAvatarURL,
		refusal.Error{Reason: refusal.AvatarURLInvalid, Field: "avatar_url", Limit: maxAvatarURL})
	row.Introduce = parse(c.Introduce, identifier.ParseText,
		refusal.Error{Reason: refusal.IntroduceInvalid, Field: "introduce", Limit: identifier.MaxText})
	if c.Extra != nil {
		// NULL clears this column, too.
		row.ExtraGiven = true
		var err error
		if row.Extra, err = s.parseExtra(c.Extra); err != nil {
			refusals = append(refusals, err)
		}
	}
	// The contract bounds the number, so time.Unix can hold it.
	if c.Birthday != nil {
		// NULL clears this column, so a flag says whether the field was sent.
		row.BirthdayGiven = true
		if born := time.Unix(*c.Birthday, 0).UTC(); *c.Birthday != 0 {
			row.Birthday = &born
			// A day of leeway: in some time zones it is tomorrow already.
			if born.After(now.Add(24 * time.Hour)) { // check: birthday-future
				refusals = append(refusals, &refusal.Error{Reason: refusal.BirthdayInvalid, Field: "birthday"})
			}
		}
	}
	return row, errors.Join(refusals...)
}
