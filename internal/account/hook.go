package account

import (
	"cmp"
	"context"

	"github.com/enroll-project/enroll/internal/hook"
	"github.com/enroll-project/enroll/internal/refusal"
)

// askHook asks the operator's hook, if there is one, whether a person may register. It comes after all checks of a
// registration except those of the database for taken names: a refusal of the hook is the same for a taken name
// and a free one, so it tells nothing about other people's accounts (I9).
func (s *Service) askHook(ctx context.Context, r Registration, a applicant) error {
	if s.config.Hook == nil {
		return nil
	}
	err := s.config.Hook.Ask(ctx, hook.Applicant{
		Site: a.site, Method: string(s.methodOf(r)),
		UserName: a.userName.Display, Email: a.email.Display, Phone: a.phone.E164,
		RealName: a.told.RealName, FirstName: a.told.FirstName, LastName: a.told.LastName, AvatarURL: a.told.AvatarURL,
		Birthday: r.Birthday,
		// A hint comes from a cookie. It counts like a code if the request has none.
		InviteCode: cmp.Or(a.inviter.Code, a.inviter.Hint), InviteID: a.inviter.ID,
		Language: r.Locale, Network: a.network,
	})
	return refusal.OfHook(err, r.Locale)
}
