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
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/internal/tx"
)

// Config is what [Profiles] needs. A field is required unless its comment allows nil or 0.
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
	// Emails are the rules for an email that the user has not yet.
	Emails identifier.EmailRules
	SMS    sms.Sender  // may be nil: phones cannot be changed
	Mail   mail.Sender // may be nil: a changed email cannot be verified at once
	// NameChangeAfter is the least time between two changes of a user name; 0 means no bound.
	NameChangeAfter time.Duration
	// Extra describes what users may keep besides the other fields; may be nil: nothing.
	Extra *extra.Schema
	// Terms are what users can accept; the zero value is none.
	Terms terms.Terms
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
	// Further uploads are refused as busy.
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

// Change is the request of a logged-in user to change what they tell about themselves, or what they log in
// with. A field that is nil stays as it is; an empty one is cleared.
type Change struct {
	By holder.Holder

	person.Edits

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
	// The fields are checked without the database, so a mistake in a field costs no query.
	row := db.ChangeProfileParams{SiteID: c.By.Site(), ID: c.By.User().ID, Now: s.config.Now()}
	unchanged := row
	err := c.Edits.Fill(&row, s.config.Extra)
	i, wrong := s.parseIdentifiers(c)
	if err := errors.Join(err, wrong); err != nil {
		return holder.User{}, err
	}
	if !i.none() {
		return s.changeIdentifiers(ctx, c, i, row)
	}
	// A request without a field does not move the time of the last change.
	if row == unchanged {
		return c.By.User(), nil
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
