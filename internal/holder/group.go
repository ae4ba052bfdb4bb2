package holder

import "github.com/enroll-project/enroll/gen/db"

// Group is a group of users of one site, which an operator has made. For a user's GroupID there may be
// no Group: new users get that of a setting (ENROLL_GROUP_ID), for which no row has to exist.
type Group struct {
	ID          int64
	Title       string
	Description string
	Level       int32 // a rank, from 0; a higher one offers more
}

// GroupOf returns the group of a row. It leaves out the site, which the caller knows.
func GroupOf(row db.Group) Group {
	return Group{ID: row.ID, Title: row.Title, Description: row.Description, Level: row.Level}
}

// groupOrNil returns the group of a user, nil if there is no row for its id.
func groupOrNil(row *db.Group) *Group {
	if row == nil {
		return nil
	}
	g := GroupOf(*row)
	return &g
}
