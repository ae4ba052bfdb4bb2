package account

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/refusal"
)

// Groups returns the groups of a site, at most 1,000, ordered by level and id. It needs no token: people may
// look at the groups before they register.
func (s *Service) Groups(ctx context.Context, site int64) ([]holder.Group, error) {
	// The groups are not cached, so that a change by an operator shows at once.
	rows, err := s.queries.Groups(ctx, db.GroupsParams{SiteID: site})
	if err != nil {
		return nil, refusal.Of(err)
	}
	// For a site without groups the list is empty and not nil, so that the answer is [] and not null.
	// The statement has the contract's bound of 1,000. A site has some dozens.
	all := make([]holder.Group, 0, len(rows))
	for _, row := range rows {
		all = append(all, holder.GroupOf(row))
	}
	return all, nil
}

// Group returns a group of a site.
func (s *Service) Group(ctx context.Context, site, id int64) (holder.Group, error) {
	// Groups of two sites may have the same id, so the primary key is both columns.
	row, err := s.queries.GroupByID(ctx, db.GroupByIDParams{SiteID: site, ID: id})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return holder.Group{}, &refusal.Error{Reason: refusal.GroupUnknown, Field: "id"}
	case err != nil:
		return holder.Group{}, refusal.Of(err)
	}
	return holder.GroupOf(row), nil
}
