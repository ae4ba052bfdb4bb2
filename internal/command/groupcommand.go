package command

import (
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/operator"
)

// groupLine is a group in --json. Like userLine, it may get more members.
type groupLine struct {
	Site        int64  `json:"site_id"`
	ID          int64  `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Level       int32  `json:"level"`
}

// printGroups prints groups. The description may have several lines, so it is in --json only.
func (d *desk) printGroups(groups []operator.Group) error {
	// Empty and not nil, so that JSON has an empty list and not null.
	lines, rows := []groupLine{}, [][]any{}
	for _, g := range groups {
		lines = append(lines, groupLine{g.Site, g.ID, g.Title, g.Description, g.Level})
		rows = append(rows, []any{g.ID, g.Site, g.Level, g.Title})
	}
	return d.print(map[string]any{"groups": lines}, "ID\tSITE\tLEVEL\tTITLE", rows...)
}

// groupCommand has the commands about groups. Putting a user into one is a command about users: enroll user set-group.
// Every visitor can read the groups, so a title must not be secret. An entry in the audit log has the id of the group
// and not the title, which may change.
func (d *desk) groupCommand() *cobra.Command {
	c := &cobra.Command{Use: "group", Short: "list, create, change and delete groups of users"}
	c.AddCommand(d.groupList(),
		d.groupAct("create", "create a group with an id of your choice", true,
			func(s operators) groupAct { return s.CreateGroup }),
		d.groupAct("update", "change the title, the description or the level of a group", true,
			func(s operators) groupAct { return s.UpdateGroup }),
		// It needs no --yes: a group without users is created again as easily.
		d.groupAct("delete", "delete a group that has no users", false, func(s operators) groupAct {
			return func(ctx context.Context, a operator.GroupAct, _ operator.GroupEdits) (operator.Group, error) {
				return s.DeleteGroup(ctx, a)
			}
		}))
	grouped(c)
	return c
}

// groupAct is the signature to which package command brings the use cases on one group.
type groupAct func(context.Context, operator.GroupAct, operator.GroupEdits) (operator.Group, error)

// groupAct returns a command that does something to one group. edited says whether it has flags for the values.
func (d *desk) groupAct(name, short string, edited bool, pick func(operators) groupAct) *cobra.Command {
	values, site, level := texts{}, int64(1), int32(0)
	c := &cobra.Command{Use: name + " ID", Short: short, Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		// Groups are named by their ids and not by their titles, which need not be unique.
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil || id < 1 {
			return errors.New("a group is named by its id, a whole number from 1; enroll group list shows it")
		}
		f, edits := c.Flags(), operator.GroupEdits{}
		if edited {
			// A flag that was not given leaves its field as it is. A new group without a title is refused.
			edits.Title, edits.Description = values.given(f, "title"), values.given(f, "description")
			if f.Changed("level") {
				edits.Level = &level
			}
			// The table has the same bound as a constraint, whose violation would not name the flag.
			if level < 0 || level > 1_000_000 {
				return errors.New("--level is 0 to 1000000")
			}
		}
		// Groups need neither codes nor the rules of a registration, and so no ENROLL_SECRET.
		service, err := d.operators(c.Context(), nil)
		if err != nil {
			return err
		}
		// A group of a site that is not served any more can still be changed and deleted, so that an operator can clean up
		// after a site was closed.
		if name == "create" {
			if err := d.served(site); err != nil {
				return err
			}
		}
		// The act and its entry in the audit log are one transaction. As for each command, the entry names the
		// account of the operating system.
		act := operator.GroupAct{By: atCommandLine(), Site: site, ID: id, DryRun: d.dry}
		g, err := pick(service)(c.Context(), act, edits)
		if err != nil {
			return err
		}
		// A deleted group is printed, too, so that an operator can create it again.
		d.sayDry("group")
		return d.printGroups([]operator.Group{g})
	}
	// A deletion takes no values, so it does not accept these flags.
	if edited {
		values.add(c.Flags(), "title", "what the group is called")
		values.add(c.Flags(), "description", "what the group is for")
		c.Flags().Int32Var(&level, "level", 0, "a rank: a higher one offers more")
	}
	// A deployment with one site has site 1. Two sites may have groups with the same id.
	c.Flags().Int64Var(&site, "site", 1, "the site")
	d.actFlags(c)
	return c
}

// groupList returns the command that lists the groups of a site. The order is that of the public API, by level and
// then by id. Groups of the settings without a row, such as the default one, are not listed.
func (d *desk) groupList() *cobra.Command {
	site := int64(1)
	c := &cobra.Command{Use: "list", Short: "list the groups of a site", Args: NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		service, err := d.operators(c.Context(), nil)
		if err != nil {
			return err
		}
		// There are no pages: a site has some dozens of groups, and 1,000 are listed at most.
		groups, err := service.Groups(c.Context(), site)
		if err != nil {
			return err
		}
		return d.printGroups(groups)
	}
	c.Flags().Int64Var(&site, "site", 1, "the site")
	return c
}
