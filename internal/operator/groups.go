package operator

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Group is a group of users of a site. Its id is chosen by the operator, because other programs and the settings name
// it. Two sites may have groups with the same id.
type Group struct {
	Site, ID           int64
	Title, Description string
	Level              int32 // a rank: a higher one offers more
}

// groupOfRow returns a row as an operator sees it.
func groupOfRow(row db.Group) Group {
	return Group{row.SiteID, row.ID, row.Title, row.Description, row.Level}
}

// The errors of groups that an operator can correct. [ErrGroupUnknown] is the error of a group that does not exist.
var (
	ErrGroupTaken = errors.New("the site has a group with this id already")
	ErrGroupInUse = errors.New("the group has users: put them into another one first")
	ErrGroupTitle = errors.New("the title of a group has 1 to 64 characters that can be shown")
	ErrGroupAbout = errors.New("the description of a group has at most 500 characters that can be shown")
)

// GroupAct has the parameters that all acts on a group share.
type GroupAct struct {
	By     audit.Actor
	Site   int64
	ID     int64
	DryRun bool // change the group, and roll that back
}

// GroupEdits are the new values of a group. A field that is nil stays as it is.
type GroupEdits struct {
	Title, Description *string
	Level              *int32
}

// apply returns a group with the edits, checked.
func (e GroupEdits) apply(g Group) (Group, error) {
	// A title is a name that people read, so it has the rule of a display name.
	title, err := identifier.ParseRealName(orElse(e.Title, g.Title))
	// The table has the same bounds as constraints, whose violations would not say what to do.
	if err != nil || title == "" {
		return g, ErrGroupTitle
	}
	// A description may have several lines, and may be empty.
	about, err := identifier.ParseText(orElse(e.Description, g.Description))
	if err != nil {
		return g, ErrGroupAbout
	}
	g.Title, g.Description, g.Level = title, about, orElse(e.Level, g.Level)
	return g, nil
}

// orElse returns the value of a field that is given, or else another one.
func orElse[T any](sent *T, has T) T {
	if sent != nil {
		return *sent
	}
	return has
}

// Groups returns the groups of a site, at most 1,000, ordered by level and id.
func (s *Service) Groups(ctx context.Context, site int64) ([]Group, error) {
	rows, err := s.queries.Groups(ctx, db.GroupsParams{SiteID: site})
	if err != nil {
		return nil, postgres.Safe(err)
	}
	// The statement has the bound of the contract. A site has some dozens of groups.
	all := make([]Group, len(rows))
	for i, row := range rows {
		all[i] = groupOfRow(row)
	}
	return all, nil
}

// CreateGroup creates a group. The group appears at once in the list of groups, and as the group of the users that
// have its id already: new users have the id of the default group even if that has no row.
func (s *Service) CreateGroup(ctx context.Context, a GroupAct, e GroupEdits) (Group, error) {
	// Another act needs no such check: it finds the group, or fails. So the groups of a site that is not served any more
	// can be deleted.
	if err := s.site(a.Site); err != nil { // check: group-site
		return Group{}, err
	}
	g, err := e.apply(Group{Site: a.Site, ID: a.ID})
	if err != nil {
		return Group{}, err
	}
	return s.changeGroup(ctx, a, groupCreated, func(q *db.Queries) (db.Group, error) {
		row, err := q.InsertGroup(ctx, db.InsertGroupParams{
			SiteID: g.Site, ID: g.ID, Title: g.Title, Description: g.Description, Level: g.Level,
		})
		// The primary key decides, because two operators may create it at once.
		if postgres.Constraint(err) == "groups_pk" {
			return row, ErrGroupTaken
		}
		return row, err
	})
}

// UpdateGroup changes the title, the description and the level of a group. Its id stays, because users and other
// programs name it.
func (s *Service) UpdateGroup(ctx context.Context, a GroupAct, e GroupEdits) (Group, error) {
	return s.changeGroup(ctx, a, groupUpdated, func(q *db.Queries) (db.Group, error) {
		row, err := q.LockGroup(ctx, db.LockGroupParams{SiteID: a.Site, ID: a.ID})
		if err != nil {
			return row, err
		}
		// The edits are applied under the lock, so that two changes of different fields both count.
		g, err := e.apply(groupOfRow(row))
		switch {
		case err != nil:
			return row, err
		case g == groupOfRow(row):
			return row, errSame
		}
		return q.UpdateGroup(ctx, db.UpdateGroupParams{
			SiteID: g.Site, ID: g.ID, Title: g.Title, Description: g.Description, Level: g.Level,
		})
	})
}

// DeleteGroup deletes a group that has no users. A group with users is refused: the users would have a group that no
// program knows, and to move all of them could be one statement over millions of rows.
//
// The row of the group is locked first. An act that puts a user into the group holds the row until its end, so that
// the look-up below sees the user.
func (s *Service) DeleteGroup(ctx context.Context, a GroupAct) (Group, error) {
	return s.changeGroup(ctx, a, groupDeleted, func(q *db.Queries) (db.Group, error) {
		row, err := q.LockGroup(ctx, db.LockGroupParams{SiteID: a.Site, ID: a.ID})
		if err != nil {
			return row, err
		}
		used, err := q.GroupHasUsers(ctx, db.GroupHasUsersParams{SiteID: a.Site, GroupID: a.ID})
		if err != nil {
			return row, err
		}
		// Users that register are put into the default group without a look at this table, so its row can go while a
		// registration runs. That user then has a group without a row, as on a site without groups.
		if used { // check: group-in-use
			return row, ErrGroupInUse
		}
		return row, q.DeleteGroup(ctx, db.DeleteGroupParams{SiteID: a.Site, ID: a.ID})
	})
}

// changeGroup changes a group and writes the entry, in one transaction. It returns the group after the act, or the one
// that was deleted.
func (s *Service) changeGroup(
	ctx context.Context, a GroupAct, act audit.Act, do func(*db.Queries) (db.Group, error),
) (Group, error) {
	var row db.Group
	err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.queries.WithTx(tx)
		row, err = do(q)
		switch {
		// A repetition of a change succeeds and writes no entry.
		case errors.Is(err, errSame):
			return nil
		case errors.Is(err, pgx.ErrNoRows):
			return ErrGroupUnknown
		case err != nil:
			return err
		}
		// The entry names the group by its id, which is not personal data.
		entry := audit.Entry{By: a.By, Act: act, Site: a.Site, Detail: fmt.Sprintf("group %d", a.ID), At: s.now()}
		err = audit.Add(ctx, q, entry) // check: group-audited
		if err == nil && a.DryRun {    // check: group-dry-run
			err = errDry
		}
		return err
	})
	// As for users, a dry run fails where the act would fail, and the group is what the act would have stored.
	if errors.Is(err, errDry) {
		err = nil
	}
	return groupOfRow(row), s.refused(ctx, err)
}
