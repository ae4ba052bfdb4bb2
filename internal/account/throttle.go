package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
)

// A login's tries are counted over all networks and by network. The first
// bounds whoever guesses from many networks; a network from which the holder
// has logged in is exempt from it, so that guessers elsewhere do not lock the
// holder out. No wait is longer than throttleWindow.
//
// They are counted twice: by the name that was typed, and by the account that
// it leads to, so that one with a user name, a phone and an email gives no
// three times as many. Only the first is told. Were the second told too, whoever
// uses up the tries of a user name could ask whose phone is whose (I9): the one
// that is refused at once belongs to the same account. So a try that is one too
// many for the account alone is not judged, and answered as a wrong password.
const (
	throttleWindow = time.Hour
	knownLife      = 30 * 24 * time.Hour
)

// loginTry is a try that was counted and is given back when it succeeds.
type loginTry struct {
	name    []byte // keyed hash of site and identifier
	account []byte // keyed hash of the user, or of a name that is nobody's
	network string // "" where client networks are not told apart
	// spent says that the account has had all its tries, by other names.
	spent bool
}

// throttle counts a try at a password before it is judged, so that of many at
// once no more than the limit are. user is 0 for a name that is nobody's: it
// is counted by as many statements, so that neither the refusal nor its time
// tells anything (I9).
func (s *Service) throttle(ctx context.Context, l Login, user int64) (loginTry, error) {
	try := loginTry{name: s.nameMAC(l), account: s.accountMAC(l, user), network: l.From.Narrow()}
	known := false
	if try.network != "" && s.Limits.LoginPerNetwork > 0 {
		var err error
		if known, err = s.takeBoth(ctx, &try, try.network, s.Limits.LoginPerNetwork); err != nil {
			return try, err
		}
	}
	if known || s.Limits.LoginPerAccount == 0 {
		return try, nil
	}
	_, err := s.takeBoth(ctx, &try, "", s.Limits.LoginPerAccount)
	return try, err
}

// takeBoth counts by name and by account. It is the account's network that is
// known: the holder may have come by another name.
func (s *Service) takeBoth(ctx context.Context, try *loginTry, network string, limit int32) (known bool, err error) {
	_, ok, err := s.takeTry(ctx, try.name, network, limit)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, &Error{Reason: LoginTooMany, RetryAfter: throttleWindow}
	}
	known, ok, err = s.takeTry(ctx, try.account, network, limit)
	try.spent = try.spent || !ok
	return known, err
}

// takeTry is not ok when the window's tries are used up.
func (s *Service) takeTry(ctx context.Context, mac []byte, network string, limit int32) (known, ok bool, err error) {
	now := s.Now()
	known, err = s.queries.TakeLoginTry(ctx, db.TakeLoginTryParams{
		NameMac: mac, Network: network, Now: now, WindowAgo: now.Add(-throttleWindow), MaxTries: limit,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, false, nil
	}
	return known, err == nil, refusal(err)
}

// forgive gives the tries back after a success, and knows the account's
// network for a while.
func (s *Service) forgive(ctx context.Context, try loginTry) error {
	return refusal(s.queries.ForgiveLoginTries(ctx, db.ForgiveLoginTriesParams{
		NameMac: try.name, AccountMac: try.account, Network: try.network, KnownUntil: s.Now().Add(knownLife),
	}))
}

// nameMAC names what was typed, in canonical form where it has one. Keyed, so
// that the table tells nobody who logs in.
func (s *Service) nameMAC(l Login) []byte {
	kind, name := s.canonical(l)
	return s.throttleMAC("%d|%s|%s", l.Site, kind, name)
}

// accountMAC names the user, or for lack of one what was typed. No kind of
// identifier is called as these are.
func (s *Service) accountMAC(l Login, user int64) []byte {
	if user != 0 {
		return s.throttleMAC("%d|account|%d", l.Site, user)
	}
	kind, name := s.canonical(l)
	return s.throttleMAC("%d|nobody %s|%s", l.Site, kind, name)
}

func (s *Service) throttleMAC(format string, parts ...any) []byte {
	h := hmac.New(sha256.New, s.nameKey)
	fmt.Fprintf(h, format, parts...)
	return h.Sum(nil)
}
