package holder

import (
	"context"
	"errors"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/throttle"
	"github.com/enroll-project/enroll/internal/tx"
)

// ProverConfig is what a [Prover] needs.
type ProverConfig struct {
	Pool   *postgres.Pool
	Codes  *code.Service
	Logins *throttle.Throttle
	Now    func() time.Time
}

// Prover verifies the proofs of holders, and counts their operations that need only a token. It is safe for
// concurrent use; all its state is in PostgreSQL.
type Prover struct {
	run     *tx.Runner
	queries *db.Queries
	codes   *code.Service
	logins  *throttle.Throttle
	now     func() time.Time
}

// NewProver returns a Prover.
func NewProver(c ProverConfig) *Prover {
	run := tx.New(c.Pool)
	return &Prover{run, run.Queries(), c.Codes, c.Logins, c.Now}
}

// Proof is what a logged-in user sends besides the token for an operation for which a stolen token
// must not be enough: the password, or a code that was sent to the user's own phone or verified
// email.
type Proof struct {
	By        Holder
	Field     string         // the contract's name of the field with the password
	Password  string         // "" for none
	CodeField string         // the contract's name of the field with the code
	Code      string         // "" for none
	From      network.Origin // of the client; wrong passwords and codes are counted by it
}

// Complete refuses a proof that has neither a password nor a code. It also refuses one that has
// both: if one of them was wrong, the answer could not say which.
func (p Proof) Complete() error {
	if (p.Password == "") == (p.Code == "") { // check: proof-required
		return errors.Join(
			&refusal.Error{Reason: refusal.ProofRequired}, &refusal.Error{Reason: refusal.Required, Field: p.Field})
	}
	return nil
}

// Prove verifies a complete proof. If it is a code, the caller spends the returned code.Proven in
// the transaction that makes the change. For a password it is the zero value, and spending that
// does nothing. The caller has admitted job, which may be nil for a code.
func (s *Prover) Prove(ctx context.Context, p Proof, job *password.Job) (code.Proven, error) {
	if p.Code != "" {
		return s.proveCode(ctx, p)
	}
	return code.Proven{}, s.provePassword(ctx, p, job)
}

// proveCode compares a code with those that were sent for ForChange to the user's own addresses. A
// wrong code costs a try at each address for which a code is valid. A code that was sent to an address
// that is not the user's yet proves nothing here.
//
// The addresses are not first searched for the one whose code matches: a guess is counted at each address
// that it is compared with. Otherwise, if the tries of the phone were used up, the code of the email could
// be guessed without a count.
func (s *Prover) proveCode(ctx context.Context, p Proof) (code.Proven, error) {
	worst := &code.Refusal{Why: code.Expired}
	for _, to := range ownAddresses(p.By, s.now()) {
		proven, err := s.codes.Try(ctx, to, p.From, p.Code)
		var refused *code.Refusal
		switch {
		case err == nil: // check: proof-code
			return proven, nil
		case !errors.As(err, &refused):
			return code.Proven{}, refusal.Of(err)
		// Expired means that there is no code for this address. The refusal for the other address says more.
		case worst.Why == code.Expired || refused.Why == code.Wrong:
			worst = refused
		}
	}
	refused := refusal.OfCode(worst, "code")
	var r *refusal.Error
	if errors.As(refused, &r) {
		r.Field = p.CodeField
	}
	return code.Proven{}, refused
}

// ownAddresses returns the addresses whose codes prove the holder: the phone, which was proved when it
// was stored, and the email once it is verified. An unverified email may be another person's, and an
// address that was changed within the last day may be a thief's.
func ownAddresses(by Holder, now time.Time) (all []code.Destination) {
	// This is the row that the check of the token has read. The caller's transaction compares the columns
	// that must not have changed since.
	row := by.Live().User
	to := code.Destination{Site: row.SiteID, Purpose: code.ForChange, User: row.ID}
	if row.Phone != nil && Settled(row.PhoneSince, now) {
		to.Channel, to.Address = code.Phone, *row.Phone
		all = append(all, to)
	}
	if row.EmailKey != nil && row.EmailVerifiedAt != nil && Settled(row.EmailSince, now) { // check: proof-verified
		to.Channel, to.Address = code.Email, *row.EmailKey
		all = append(all, to)
	}
	return all
}

// provePassword verifies the user's password. The try is counted before, as at a login. For a user
// without a password, each password is wrong, after the same work.
func (s *Prover) provePassword(ctx context.Context, p Proof, job *password.Job) error {
	row := p.By.Live().User
	wrong := &refusal.Error{Reason: refusal.CredentialsWrong, Field: p.Field}
	// A password without a normal form is not an account's password. It is refused
	// before a try is counted, as at a login: it is not compared, so it cannot be
	// used to guess.
	typed, err := password.Normalize(p.Password)
	if err != nil {
		return wrong
	}
	// Logins do not use the kind "user", so the count by name is separate from theirs. The count by account
	// is shared with logins.
	try, err := s.logins.Count(ctx, throttle.Login{
		Site: row.SiteID, Kind: "user", Name: p.By.Live().ID,
		Network: p.From.Narrow(), Around: p.From.Around(),
	}, row)
	if err != nil {
		return refusal.OfLogin(err)
	}
	if row.PasswordHash == nil || !try.Compared() {
		if err := job.VerifyDummy(ctx, typed); err != nil {
			return refusal.OfHashing(err)
		}
		if err := try.Refused(); err != nil {
			return refusal.OfLogin(err)
		}
		return wrong
	}
	right, _, err := job.Verify(ctx, *row.PasswordHash, typed)
	switch {
	case err != nil:
		return refusal.OfHashing(err)
	// The refusal of a network that has failed at too many accounts comes first, as at a login.
	case !right: // check: change-old-password
		if err := try.Refused(); err != nil {
			return refusal.OfLogin(err)
		}
		return wrong
	}
	// As at a login, the counts are set to 0, and the network is known from now on.
	return refusal.Of(s.logins.Forgive(ctx, try))
}
