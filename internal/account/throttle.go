package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
)

// A login's tries are counted over all networks and by network. The first
// bounds guesses from many networks. A network from which the holder has
// registered or logged in is exempt from it, so that guessers elsewhere do not
// lock the holder out. A network with few tries may use the whole of it, others a
// third: ten networks cannot use up what a holder needs who has moved. No wait is
// longer than throttleWindow.
//
// They are counted twice: by the name that was typed, and by the account that
// it leads to, so that one with a user name, a phone and an email gives no
// three times as many. Only the first is told. Were the second told too, a client that
// uses up the tries of a user name could ask whose phone is whose (I9): the one
// that is refused at once belongs to the same account. So a try that is one too
// many for the account alone is not judged, and answered as a wrong password.
//
// The accounts at which a network fails are counted too, against a guesser who
// tries one password at many (spraying). A network that is used up has its tries
// answered with the time to wait, whatever the account is: only a right password
// from a network that is known for the account still logs in.
const (
	throttleWindow = time.Hour
	knownLife      = 30 * 24 * time.Hour
	// fewTries are those with which a network may use the whole budget of an account. Within one
	// of its windows a network has twice as many, by two windows of its own, and ten networks
	// have 60 of the 67 that a budget of 100 keeps.
	fewTries = 3
)

// loginTry is a try that was counted and is given back when it succeeds.
type loginTry struct {
	name    []byte // keyed hash of site and identifier
	account []byte // keyed hash of the user, or of a name that is nobody's
	network string // "" where client networks are not told apart
	known   bool   // the account's holder has registered or logged in there
	// spent says that the account has had all its tries, by other names.
	spent bool
	// crowded is the refusal of a network that has failed at too many accounts, nil otherwise.
	crowded *Error
}

// compared tells whether the password is compared. If not, the work is done all the same.
func (t loginTry) compared() bool { return !t.spent && (t.crowded == nil || t.known) }

// wrong is the answer to a password that is wrong or was not compared.
func (t loginTry) wrong() error {
	if t.crowded != nil {
		return t.crowded
	}
	return &Error{Reason: CredentialsWrong}
}

// throttle counts a try at a password before it is judged, so that of many at
// once no more than the limit are. user is the zero row for a name that is nobody's: it
// is counted by as many statements, so that neither the refusal nor its time
// tells anything (I9).
func (s *Service) throttle(ctx context.Context, l Login, user db.User) (loginTry, error) {
	try := loginTry{name: s.nameMAC(l), account: s.accountMAC(l, user.ID), network: l.From.Narrow()}
	try.known = s.registeredIn(user, try.network)
	var tries counted
	if try.network != "" && s.config.Limits.LoginPerNetwork > 0 {
		of := counted{s.config.Limits.LoginPerNetwork, s.config.Limits.LoginPerNetwork}
		var err error
		if tries, err = s.takeBoth(ctx, &try, try.network, of); err != nil {
			return try, err
		}
	}
	if err := s.takeNetwork(ctx, &try); err != nil {
		return try, err
	}
	if try.known || s.config.Limits.LoginPerAccount == 0 {
		return try, nil
	}
	share := func(tries int32) int32 {
		if tries > fewTries {
			return max(s.config.Limits.LoginPerAccount/3, 1)
		}
		return s.config.Limits.LoginPerAccount
	}
	_, err := s.takeBoth(ctx, &try, "", counted{share(tries.name), share(tries.account)})
	return try, err
}

// counted is a number of tries by the name that was typed and by the account. The one never
// changes with the other, or the refusal would tell of it.
type counted struct{ name, account int32 }

// takeBoth counts by name and by account. It is the account's network that is
// known: the holder may have come by another name.
func (s *Service) takeBoth(
	ctx context.Context, try *loginTry, network string, limit counted,
) (tries counted, err error) {
	byName, ok, err := s.takeTry(ctx, try.name, network, limit.name)
	if err != nil {
		return counted{}, err
	}
	if !ok {
		return counted{}, s.waitForTry(ctx, try.name, network)
	}
	byAccount, ok, err := s.takeTry(ctx, try.account, network, limit.account)
	try.spent = try.spent || !ok
	try.known = try.known || byAccount.Known
	return counted{byName.Tries, byAccount.Tries}, err
}

// takeTry is not ok when the window's tries are used up.
func (s *Service) takeTry(
	ctx context.Context, mac []byte, network string, limit int32,
) (row db.TakeLoginTryRow, ok bool, err error) {
	now := s.config.Now()
	row, err = s.queries.TakeLoginTry(ctx, db.TakeLoginTryParams{
		NameMac: mac, Network: network, Now: now, WindowAgo: now.Add(-throttleWindow), MaxTries: limit,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return row, false, nil
	}
	return row, err == nil, refusalOf(err)
}

// waitForTry is the refusal of a name whose tries are used up, with the rest of the window.
func (s *Service) waitForTry(ctx context.Context, mac []byte, network string) error {
	start, err := s.queries.LoginTryWindow(ctx, db.LoginTryWindowParams{NameMac: mac, Network: network})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // no row: purged meanwhile, so the wait is over
		return refusalOf(err)
	}
	return s.tooMany(start)
}

// tooMany is the refusal until a window that began at start is over.
func (s *Service) tooMany(start time.Time) *Error {
	return &Error{Reason: LoginTooMany, RetryAfter: max(start.Add(throttleWindow).Sub(s.config.Now()), time.Second)}
}

// takeNetwork counts the account for its network.
func (s *Service) takeNetwork(ctx context.Context, try *loginTry) error {
	if try.network == "" || s.config.Limits.LoginAccounts == 0 {
		return nil
	}
	now := s.config.Now()
	ago := now.Add(-throttleWindow)
	n, err := s.queries.TakeNetworkTry(ctx, db.TakeNetworkTryParams{
		Network: try.network, Account: inNetwork(try.account), Now: now, WindowAgo: ago, MaxAccounts: s.config.Limits.LoginAccounts,
	})
	if err != nil || n == 1 {
		return refusalOf(err)
	}
	earliest, err := s.queries.NetworkTryWindow(ctx, db.NetworkTryWindowParams{Network: try.network, WindowAgo: ago})
	if err != nil {
		return refusalOf(err)
	}
	try.crowded = s.tooMany(earliest)
	return nil
}

// inNetwork is what an account is called in the row of a network.
func inNetwork(account []byte) string { return hex.EncodeToString(account[:16]) }

// forgive gives the tries back after a success, and knows the account's
// network for a while.
func (s *Service) forgive(ctx context.Context, try loginTry) error {
	return refusalOf(s.queries.ForgiveLoginTries(ctx, db.ForgiveLoginTriesParams{
		NameMac: try.name, AccountMac: try.account, Network: try.network, Account: inNetwork(try.account),
		KnownUntil: s.config.Now().Add(knownLife),
	}))
}

// registrationNetwork is how a user's row names the network of the registration: only with the
// user's own invite code at hand, so that the table does not tell which users have registered
// in one network. It is nil where networks are not told apart.
func (s *Service) registrationNetwork(inviteCode, network string) []byte {
	if network == "" {
		return nil
	}
	return s.throttleMAC("registration|%s|%s", inviteCode, network)
}

// registeredIn tells whether the user has registered in the network not long ago. A person who
// has never logged in is known there, as after a login.
func (s *Service) registeredIn(user db.User, network string) bool {
	return user.RegistrationNetwork != nil && s.config.Now().Before(user.CreatedAt.Add(knownLife)) &&
		hmac.Equal(user.RegistrationNetwork, s.registrationNetwork(user.InviteCode, network))
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
