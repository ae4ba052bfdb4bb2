package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/operator"
)

// userLine is a user in --json. Programs rely on its names, which are those of the wire where it has them
// (openapi.yaml). Times are Unix seconds, as there. A later version may add members and takes none away.
type userLine struct {
	ID            int64  `json:"id"`
	Site          int64  `json:"site_id"`
	UserName      string `json:"user_name"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Phone         string `json:"phone"`
	RealName      string `json:"real_name"`
	Group         int64  `json:"group_id"`
	// A word and not the wire's number: a person reads it, too. It is active or disabled.
	Status    string `json:"status"`
	Created   int64  `json:"created_time"`
	LastLogin int64  `json:"last_login"`
	// 0 unless the deletion was requested.
	Delete int64 `json:"delete_time"`
}

// lineOf returns a user as --json has it. The hash of the password is not even read.
func lineOf(u operator.User) userLine {
	line := userLine{
		ID: u.ID, Site: u.Site, UserName: u.UserName, Email: u.Email, EmailVerified: u.EmailVerified, Phone: u.Phone,
		RealName: u.RealName, Group: u.Group, Status: "active", Created: u.CreatedAt.Unix(), LastLogin: u.LastLoginAt.Unix(),
	}
	if !u.Active {
		line.Status = "disabled"
	}
	if u.DeleteAt != nil {
		line.Delete = u.DeleteAt.Unix()
	}
	return line
}

// The columns are what a person needs to know whom they have found, and what state the user is in.

// printUsers prints users. A table has identifiers only, which have no control characters: a display name could
// have any of a script's characters, so it is in --json only.
func (d *desk) printUsers(users []operator.User, next string) error {
	// Empty and not nil: programs get a list, also of none.
	lines, rows := []userLine{}, [][]any{}
	for _, u := range users {
		line := lineOf(u)
		lines = append(lines, line)
		rows = append(rows, []any{line.ID, line.Site, orDash(u.UserName), orDash(u.Email), orDash(u.Phone), line.Group,
			line.Status, timeCell(&u.CreatedAt), timeCell(u.DeleteAt)})
	}
	// An object and not a list, so that members can be added.
	value := map[string]any{"users": lines, "next_cursor": next}
	err := d.print(value, "ID\tSITE\tUSER NAME\tEMAIL\tPHONE\tGROUP\tSTATUS\tCREATED\tDELETED AT", rows...)
	// The next page is one paste away.
	if err == nil && next != "" && !d.json {
		_, err = fmt.Fprintln(d.out, "more: add --cursor", next)
	}
	return err
}

// userCommand has the commands about users. Each act has a name of its own, and no flag decides between two: a
// wrong flag would do the opposite.
func (d *desk) userCommand() *cobra.Command {
	c := &cobra.Command{Use: "user", Short: "look users up, disable, enable and delete them"}
	c.AddCommand(d.userList(), d.userShow(),
		d.userAct("disable", "disable a user and end all sessions", false,
			func(s *operator.Service) userAct { return s.Disable }),
		d.userAct("enable", "enable a user again", false, func(s *operator.Service) userAct { return s.Enable }),
		d.userAct("logout", "end all sessions of a user", false, func(s *operator.Service) userAct { return s.EndSessions }),
		d.userAct("delete", "delete a user and all that is held about the person, for good", true,
			func(s *operator.Service) userAct { return s.Delete }),
		d.userSetGroup())
	return c
}

// userAct is a use case on one user. Those of package operator have this form, so that one function runs them
// all.
type userAct func(context.Context, operator.Act) (operator.User, error)

// A dry run is worth having where one act changes a person's access, so each of these has it.

// actFlags adds the flags of a command that changes something.
func (d *desk) actFlags(c *cobra.Command) {
	c.Flags().BoolVar(&d.dry, "dry-run", false, "say what would be done, and do nothing")
}

// Each command is made with its flags in one function, so that nothing about it stands elsewhere.

// userAct returns a command that does something to one user. If final is set, the act cannot be undone and needs
// --yes: a script must say it, and a person reads it twice.
func (d *desk) userAct(name, short string, final bool, pick func(*operator.Service) userAct) *cobra.Command {
	c := &cobra.Command{Use: name + " ID", Short: short, Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return d.act(c.Context(), args[0], final, pick)
	}
	d.actFlags(c)
	// The others can be undone by another command, so they need no more than a dry run.
	if final {
		c.Flags().BoolVar(&d.yes, "yes", false, "do it: it cannot be undone")
	}
	return c
}

// act does something to one user and prints the user as it is then.
func (d *desk) act(ctx context.Context, id string, final bool, pick func(*operator.Service) userAct) error {
	// What needs no database is refused before it is opened.
	number, err := parseID(id)
	if err != nil {
		return err
	}
	// There is no question at the terminal: a script has none, and a person can look first.
	if final && !d.yes && !d.dry { // check: command-confirmed
		return fmt.Errorf("this cannot be undone: look with enroll user show %d, then repeat with --yes", number)
	}
	// Opened for this one act, and closed when the command ends.
	if err := d.open(ctx); err != nil {
		return err
	}
	// These acts reset no codes, so ENROLL_SECRET is not needed.
	service, err := NewOperator(d.config, d.pool, nil, d.now)
	if err != nil {
		return err
	}
	user, err := pick(service)(ctx, operator.Act{By: atCommandLine(), User: number, DryRun: d.dry})
	if err != nil {
		return err
	}
	// The user is printed as it is after the act, which saves the operator a second command.
	if d.dry && !d.json {
		fmt.Fprintln(d.out, "nothing was done; the user would be:")
	}
	return d.printUsers([]operator.User{user}, "")
}

// userSetGroup returns the command that sets a group. The group is a flag and no second argument, because two numbers
// in a row are easily exchanged.
func (d *desk) userSetGroup() *cobra.Command {
	group := int64(0)
	c := &cobra.Command{Use: "set-group ID", Short: "put a user into a group", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return d.act(c.Context(), args[0], false, func(s *operator.Service) userAct {
			return func(ctx context.Context, a operator.Act) (operator.User, error) { return s.SetGroup(ctx, a, group) }
		})
	}
	c.Flags().Int64Var(&group, "group", 0, "the id of the group")
	d.actFlags(c)
	// Without a default: a forgotten flag must not move a user into some group. The error of cobra names
	// the flag.
	_ = c.MarkFlagRequired("group")
	return c
}

// userShow returns the command that shows a user. It is no act, so the log has no entry of it.
func (d *desk) userShow() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "show a user", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			if err := d.open(c.Context()); err != nil {
				return err
			}
			service, err := NewOperator(d.config, d.pool, nil, d.now)
			if err != nil {
				return err
			}
			// The user may be of any site: the command line acts on the whole deployment.
			// Also a user that is due to be deleted: its rows are there for a minute.
			user, err := service.Get(c.Context(), id, 0)
			if err != nil {
				return err
			}
			return d.printUsers([]operator.User{user}, "")
		}}
}

// userList returns the command that lists users. It lists one site at a time: users of two sites may have one name.
func (d *desk) userList() *cobra.Command {
	// Site 1 is the site of a deployment with one.
	f := operator.Filter{Site: 1}
	// Texts, because the errors of this package say what form they must have.
	status, from, until := "", "", ""
	c := &cobra.Command{Use: "list", Short: "list users, the newest first", Args: cobra.NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if status != "" && status != "disabled" {
			return errors.New("--status is disabled, or left out for all users")
		}
		// A date is a day in UTC, like all times that are printed.
		f.Disabled = status != ""
		for text, at := range map[string]*time.Time{from: &f.CreatedFrom, until: &f.CreatedUntil} {
			parsed, err := time.Parse(time.DateOnly, text)
			if text != "" && err != nil {
				return errors.New("--from and --until are days, such as 2026-11-29")
			}
			if text != "" {
				*at = parsed
			}
		}
		if err := d.open(c.Context()); err != nil {
			return err
		}
		service, err := NewOperator(d.config, d.pool, nil, d.now)
		if err != nil {
			return err
		}
		users, next, err := service.List(c.Context(), f)
		if err != nil {
			return err
		}
		return d.printUsers(users, next)
	}
	c.Flags().Int64Var(&f.Site, "site", 1, "the site")
	c.Flags().StringVar(&f.Identifier, "identifier", "", "a user name, phone or email, as the user would type it")
	// One value only: to list all but the disabled ones would read past them.
	c.Flags().StringVar(&status, "status", "", "disabled: only these")
	c.Flags().Int64Var(&f.Group, "group", 0, "the id of a group")
	// The first day is part of the range, and the second is not, so that months follow each other.
	c.Flags().StringVar(&from, "from", "", "registered on this day (UTC) or later, such as 2026-11-29")
	c.Flags().StringVar(&until, "until", "", "registered before this day (UTC)")
	// Fifty fit on a screen.
	c.Flags().Int32Var(&f.Page, "limit", 50, fmt.Sprintf("users at most, up to %d", operator.MaxPage))
	// Opaque, because its form may change with a version.
	c.Flags().StringVar(&f.Cursor, "cursor", "", "the place where the list before has ended")
	return c
}

// entryLine is an entry of the audit log in --json. As userLine it may get more members. A number that does not
// apply is 0.
type entryLine struct {
	ID      int64  `json:"id"`
	Time    int64  `json:"time"`
	Actor   string `json:"actor"`
	Name    string `json:"actor_name"`
	Act     string `json:"act"`
	Site    int64  `json:"site_id"`
	User    int64  `json:"user_id"`
	Network string `json:"network"`
	Detail  string `json:"detail"`
}

// auditCommand returns the command that lists the audit log. Reading it leaves no entry: what is read is in the
// operator's database already.
func (d *desk) auditCommand() *cobra.Command {
	// Of all sites, because keys and resets of codes are of none.
	f := audit.Filter{}
	c := &cobra.Command{Use: "audit", Short: "list the audit log, the newest entry first", Args: cobra.NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := d.open(c.Context()); err != nil {
			return err
		}
		// Keep is that of the service, though a list purges nothing.
		log, err := audit.New(audit.Config{Pool: d.pool, Keep: d.config.AuditKeep, Now: d.now})
		if err != nil {
			return err
		}
		// The newest first, because what has just happened is looked for most.
		records, err := log.List(c.Context(), f)
		if err != nil {
			return err
		}
		lines, rows := []entryLine{}, [][]any{}
		for _, r := range records {
			lines = append(lines, entryLine{r.ID, r.At.Unix(), string(r.By.Kind), r.By.Name, string(r.Act), r.Site, r.User,
				r.By.Network, r.Detail})
			// The name is that of a key or of an account; a holder has none.
			who := strings.TrimSpace(string(r.By.Kind) + " " + r.By.Name)
			rows = append(rows, []any{r.ID, timeCell(&r.At), who, r.Act, r.User, orDash(r.By.Network), orDash(r.Detail)})
		}
		return d.print(map[string]any{"entries": lines}, "ID\tTIME\tWHO\tACT\tUSER\tNETWORK\tDETAIL", rows...)
	}
	c.Flags().Int64Var(&f.Site, "site", 0, "only of this site")
	c.Flags().Int64Var(&f.User, "user", 0, "only about this user")
	// An id and no cursor of its own: entries are ordered by it, and it is in the table.
	c.Flags().Int64Var(&f.Before, "before", 0, "only entries with a smaller id, for the next page")
	c.Flags().Int32Var(&f.Page, "limit", 50, fmt.Sprintf("entries at most, up to %d", audit.MaxPage))
	return c
}
