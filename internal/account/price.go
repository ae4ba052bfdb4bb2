package account

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/captcha"
)

// Challenges are free to ask for, so what a client network asks for and does not solve is
// counted over an hour: it makes the network's own challenges harder, and is bounded. Other
// networks do not notice. An IPv6 client is counted by its /64 and, with more room, by the
// /48 around it, which one customer may hold.

// The scopes of the counts in budgets, of which used is what was asked for and redeemed
// what was solved.
const (
	captchaSubnet  = "captcha_subnet"
	captchaNetwork = "captcha_network"
)

const (
	challengeWindow = time.Hour
	// A sound costs as much to make as four pictures.
	imageCost, soundCost = 1, 4
	// A /48 may leave as many challenges unsolved as four /64.
	subnetsOfNetwork = 4
)

// challengeBudget is one count of challenges.
type challengeBudget struct {
	scope, key string
	allowed    int32 // unsolved challenges in a window
}

// challengeBudgets are empty where nothing is counted: where clients are not told apart, and
// for challenges of a third party.
func (s *Service) challengeBudgets(from Origin) []challengeBudget {
	most := s.config.Limits.CaptchasPerNetwork
	if most == 0 || from.Subnet == "" || s.config.Captchas.Kind() == captcha.KindSiteVerify {
		return nil
	}
	// An address that is not public may be a proxy that does not name its clients: its
	// count would be that of everyone.
	all := []challengeBudget{{captchaSubnet, from.Subnet, most}}
	if from.Network != from.Subnet {
		all = append(all, challengeBudget{captchaNetwork, from.Network, subnetsOfNetwork * most})
	}
	return all
}

// load is the load of a network that has left so many challenges unsolved: 0 up to a
// twentieth of what is allowed, and 1 from the half of it on.
func (b challengeBudget) load(unsolved int32) float64 {
	free, full := float64(b.allowed)/20, float64(b.allowed)/2
	return max(0, min(1, (float64(unsolved)-free)/(full-free)))
}

// countChallenge counts a challenge before it is made, or refuses it, and returns the load
// that the network has caused. A refused request is not counted for the network around.
func (s *Service) countChallenge(ctx context.Context, from Origin, cost int32) (load float64, err error) {
	for _, b := range s.challengeBudgets(from) {
		now := s.config.Now()
		unsolved, err := s.queries.CountChallenge(ctx, db.CountChallengeParams{
			Scope: b.scope, Key: b.key, Now: now, EndsAt: now.Add(challengeWindow), Cost: cost, Allowed: b.allowed,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, s.tooManyChallenges(ctx, b, now)
		}
		if err != nil {
			return 0, refusalOf(err)
		}
		load = max(load, b.load(unsolved))
	}
	return load, nil
}

// tooManyChallenges is the refusal of a network, with the end of its window. The window does
// not move with further requests, so the time to wait is true.
func (s *Service) tooManyChallenges(ctx context.Context, b challengeBudget, now time.Time) error {
	end, err := s.queries.BudgetEnd(ctx, db.BudgetEndParams{Scope: b.scope, Key: b.key, Now: now})
	if err != nil {
		return refusalOf(err)
	}
	return &Error{Reason: RateLimited, RetryAfter: max(end.Sub(now), time.Second)}
}

// challengeLoad is the load of a challenge: what the network has caused, and how near the
// budgets of sending are to their end if the challenge may be used to send something. So the
// price rises before anybody is refused.
func (s *Service) challengeLoad(ctx context.Context, r CaptchaRequest) (float64, error) {
	from := OriginOf(r.Client)
	load, err := s.countChallenge(ctx, from, imageCost)
	if err != nil {
		return 0, err
	}
	// A challenge for no operation in particular may send something, too. One for a
	// registration or a login keeps the lower price.
	kind, sends := s.config.Captchas.Kind(), r.For != OnRegister && r.For != OnLogin
	if !sends || kind != captcha.KindPoW && kind != captcha.KindImagePoW {
		return load, nil
	}
	pressure, err := s.codes.Pressure(ctx, from)
	return max(load, pressure), refusalOf(err)
}

// spentKeys names the counts in which a spent captcha counts as solved. They are those of
// the network that answers. It is the one that asked, unless CaptchaNetwork is wider or
// off. A window that has ended since is not counted in.
func (s *Service) spentKeys(from Origin) (scopes, keys []string) {
	scopes, keys = []string{}, []string{}
	for _, b := range s.challengeBudgets(from) {
		scopes, keys = append(scopes, b.scope), append(keys, b.key)
	}
	return scopes, keys
}

// countWrong takes back that a captcha was solved, and counts the answer as one more
// challenge. Its error is a cause to log: the answer is wrong all the same.
func (s *Service) countWrong(ctx context.Context, from Origin) error {
	scopes, keys := s.spentKeys(from)
	if len(scopes) == 0 {
		return nil
	}
	return refusalOf(s.queries.CountWrongCaptcha(ctx, db.CountWrongCaptchaParams{
		Scopes: scopes, Keys: keys, Now: s.config.Now(),
	}))
}
