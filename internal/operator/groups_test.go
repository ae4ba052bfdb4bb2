package operator_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestGroups: each act on a group has its effect on its site only and writes one entry. In a dry run it changes
// nothing, and a repetition writes no second entry.
func TestGroups(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.exec("INSERT INTO groups (site_id, id, title) VALUES (2, 7, 'elsewhere')")
	act := operator.GroupAct{By: by, Site: 1, ID: 7}
	title, about, level := "Members", "a\nb", int32(3)
	for _, c := range []struct {
		act   audit.Act
		do    func(operator.GroupAct) (operator.Group, error)
		where string // true of the group's row after the act and not before; "false" if the act leaves no row
		again error  // of a repetition
	}{
		{"group.created", func(a operator.GroupAct) (operator.Group, error) {
			return o.CreateGroup(t.Context(), a, operator.GroupEdits{Title: &title})
		}, "title || description || level = 'Members0'", operator.ErrGroupTaken},
		{"group.updated", func(a operator.GroupAct) (operator.Group, error) {
			return o.UpdateGroup(t.Context(), a, operator.GroupEdits{Description: &about, Level: &level})
		}, `title || description || level = E'Membersa\nb3'`, nil},
		{"group.deleted", func(a operator.GroupAct) (operator.Group, error) { return o.DeleteGroup(t.Context(), a) },
			"false", operator.ErrGroupUnknown},
	} {
		before := o.count("groups WHERE site_id = 1")
		dry := act
		dry.DryRun = true
		if g, err := c.do(dry); err != nil || g.Title != title || o.count("audit_entries WHERE act = $1", c.act) != 0 ||
			o.count("groups WHERE site_id = 1") != before || o.count("groups WHERE site_id = 1 AND "+c.where) != 0 {
			t.Errorf("%s: a dry run: %+v, %v", c.act, g, err)
		}
		g, err := c.do(act)
		if err != nil || g.ID != 7 || g.Site != 1 ||
			c.where != "false" && o.count("groups WHERE site_id = 1 AND "+c.where) != 1 {
			t.Errorf("%s: %+v, %v", c.act, g, err)
		}
		if _, err := c.do(act); !errors.Is(err, c.again) {
			t.Errorf("%s again: %v", c.act, err)
		}
		if n := o.count(`audit_entries WHERE act = $1 AND site_id = 1 AND user_id IS NULL AND detail = 'group 7'
			AND actor_name = 'support'`, c.act); n != 1 {
			t.Errorf("%s: %d entries", c.act, n)
		}
	}
	groups, err := o.Groups(t.Context(), 2)
	if err != nil || len(groups) != 1 || groups[0].Title != "elsewhere" || o.count("groups") != 1 {
		t.Errorf("%+v, %v", groups, err)
	}
}

// TestGroupsRefused: a group with users is not deleted, an unknown one is not updated, and a title that is missing, too
// long or cannot be shown is refused, as is a description that cannot be shown.
func TestGroupsRefused(t *testing.T) {
	t.Parallel()
	o := open(t)
	act := operator.GroupAct{By: by, Site: 1, ID: 7}
	text := func(s string) *string { return &s }
	for _, c := range []struct {
		e    operator.GroupEdits
		want error
	}{
		{operator.GroupEdits{}, operator.ErrGroupTitle}, {operator.GroupEdits{Title: text(" ")}, operator.ErrGroupTitle},
		{operator.GroupEdits{Title: text("a\x07")}, operator.ErrGroupTitle},
		{operator.GroupEdits{Title: text(strings.Repeat("a", 65))}, operator.ErrGroupTitle},
		{operator.GroupEdits{Title: text("a"), Description: text("\u202e")}, operator.ErrGroupAbout},
	} {
		if _, err := o.CreateGroup(t.Context(), act, c.e); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
	if _, err := o.UpdateGroup(t.Context(), act, operator.GroupEdits{}); !errors.Is(err, operator.ErrGroupUnknown) {
		t.Errorf("an unknown group: %v", err)
	}
	_, err := o.CreateGroup(t.Context(), act, operator.GroupEdits{Title: text("seven")})
	o.fatal(err)
	id := o.add(1, 1)
	_, err = o.SetGroup(t.Context(), operator.Act{By: by, User: id}, 7)
	o.fatal(err)
	if _, err := o.DeleteGroup(t.Context(), act); !errors.Is(err, operator.ErrGroupInUse) || o.count("groups") != 1 {
		t.Errorf("a group with a user: %v", err)
	}
	_, err = o.UpdateGroup(t.Context(), act, operator.GroupEdits{Title: text("")})
	if !errors.Is(err, operator.ErrGroupTitle) {
		t.Errorf("without a title: %v", err)
	}
}

// TestGroupHeld: while a user is put into a group, the group is not deleted. The deletion waits and then finds the
// user.
func TestGroupHeld(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.exec("INSERT INTO groups (site_id, id, title) VALUES (1, 7, 'seven')")
	id := o.add(1, 1)
	tx, err := o.pool.Begin(t.Context())
	o.fatal(err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	// This transaction does as SetGroup does: it locks the row of the group, then moves the user. The deletion waits for
	// the lock, and sees the user after the commit.
	_, err = tx.Exec(t.Context(), "SELECT FROM groups WHERE site_id = 1 AND id = 7 FOR KEY SHARE")
	o.fatal(err)
	_, err = tx.Exec(t.Context(), "UPDATE users SET group_id = 7 WHERE id = $1", id)
	o.fatal(err)
	result := pgtest.Blocked(t, o.pool, func() error {
		_, err := o.DeleteGroup(t.Context(), operator.GroupAct{By: by, Site: 1, ID: 7})
		return err
	})
	o.fatal(tx.Commit(t.Context()))
	if err := result(); !errors.Is(err, operator.ErrGroupInUse) || o.count("groups") != 1 {
		t.Errorf("%v", err)
	}
}

// TestGroupDeletedMeanwhile: an act that puts a user into a group waits for a deletion of the group, and then does not
// find the group.
func TestGroupDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.exec("INSERT INTO groups (site_id, id, title) VALUES (1, 7, 'seven')")
	id := o.add(1, 1)
	tx, err := o.pool.Begin(t.Context())
	o.fatal(err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	_, err = tx.Exec(t.Context(), "DELETE FROM groups")
	o.fatal(err)
	result := pgtest.Blocked(t, o.pool, func() error {
		_, err := o.SetGroup(t.Context(), operator.Act{By: by, User: id}, 7)
		return err
	})
	o.fatal(tx.Commit(t.Context()))
	if err := result(); !errors.Is(err, operator.ErrGroupUnknown) || o.count("users WHERE group_id = 2") != 1 {
		t.Errorf("%v", err)
	}
}
