package code

import (
	"context"
	"strconv"

	"github.com/enroll-project/enroll/gen/db"
)

// PurgeCodes deletes codes that have expired: 1,000 at most. It returns their number. Replicas
// may purge at the same time, as with the other purges.
func (s *Service) PurgeCodes(ctx context.Context) (int64, error) {
	return s.queries.PurgeOneTimeCodes(ctx, db.PurgeOneTimeCodesParams{ExpiredBefore: s.now()})
}

// PurgeBudgets deletes budgets whose window has ended: 1,000 at most. It returns their number. A request that is about
// to count in one of them inserts it again.
func (s *Service) PurgeBudgets(ctx context.Context) (int64, error) {
	return s.queries.PurgeBudgets(ctx, db.PurgeBudgetsParams{EndedBefore: s.now()})
}

// PurgeFormer deletes codes that a server of the previous version stored more than a day ago in
// the table codes: 1,000 at most. Their rows contain phones in plain text.
func (s *Service) PurgeFormer(ctx context.Context) (int64, error) {
	return s.queries.PurgeFormerCodes(ctx, db.PurgeFormerCodesParams{SentBefore: s.now().Add(-day)})
}

// Reset deletes the codes and all counts of an address (a phone in E.164 or the key of an
// email). An operator uses it for a person that gets no code because the budgets are used up.
func (s *Service) Reset(ctx context.Context, address string) error {
	_, _, err := s.ResetIn(ctx, s.queries, address)
	return err
}

// ResetIn is Reset in the transaction of q. It returns how many codes and counts it has deleted.
func (s *Service) ResetIn(ctx context.Context, q *db.Queries, address string) (codes, counts int64, err error) {
	codes, err = q.ForgetAddressCodes(ctx, db.ForgetAddressCodesParams{Address: address})
	if err != nil {
		return 0, 0, err
	}
	counts, err = q.ForgetAddressBudgets(ctx, db.ForgetAddressBudgetsParams{
		AddressKey: s.name(address),
		Scopes: []string{
			cooldown, addressFirst, addressHour, addressDay, addressFailures,
			askerFirst, askerHour, askerDay, askerFailures, askerKnown,
		},
	})
	return codes, counts, err
}

// Forget deletes the codes of a user that leaves, the counts of the user, and for its addresses (phones
// in E.164, keys of emails) the counts of wrong codes and the known subnets. The counts of messages to
// the addresses stay until their windows end, within a day: registering and leaving in a loop must not
// reset them.
func (s *Service) Forget(ctx context.Context, site, user int64, addresses []string) error {
	_, err := s.queries.ForgetUserCodes(ctx, db.ForgetUserCodesParams{SiteID: site, Addresses: addresses, UserID: user})
	if err != nil {
		return err
	}
	for _, address := range addresses {
		_, err := s.queries.ForgetAddressBudgets(ctx, db.ForgetAddressBudgetsParams{
			AddressKey: s.name(address), Scopes: []string{addressFailures, askerFailures, askerKnown},
		})
		if err != nil {
			return err
		}
	}
	_, err = s.queries.ForgetBudgets(ctx, db.ForgetBudgetsParams{
		Scopes: UserScopes(), Key: strconv.FormatInt(user, 10), // check: leave-user-counts
	})
	return err
}

// UserScopes returns the scopes of the counts whose key is the id of a user, also those of packages holder and
// notice. A deletion removes these counts, and an export contains them.
func UserScopes() []string {
	return []string{mailUser, "avatar_user", "password_user", "change_user", "export_user", "notice_user"}
}
