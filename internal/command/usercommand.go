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

// userLine is a user in --json. Programs rely on the names of its members: a member that openapi.yaml has, too, has
// its name there. Times are Unix seconds, as in openapi.yaml. A later version may add members and takes none away.
type userLine struct {
	ID            int64  `json:"id"`
	Site          int64  `json:"site_id"`
	UserName      string `json:"user_name"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Phone         string `json:"phone"`
	profileLine
	Group int64 `json:"group_id"`
	// The invitation of an operator by which the user has registered, 0 for none.
	Invitation int64 `json:"invitation_id"`
	// The terms that the user has accepted last, and when: "" and 0 if none.
	Terms   string `json:"accepted_terms"`
	TermsAt int64  `json:"accepted_terms_time"`
	// "active", "disabled" or "waiting": a word and not the number of openapi.yaml, because people read it, too.
	Status    string `json:"status"`
	Created   int64  `json:"created_time"`
	LastLogin int64  `json:"last_login"`
	// 0 unless the deletion was requested.
	Delete int64 `json:"delete_time"`
}

// lineOf returns a user as --json has it. operator.User has no hash of the password.
func lineOf(u operator.User) userLine {
	line := userLine{
		ID: u.ID, Site: u.Site, UserName: u.UserName, Email: u.Email, EmailVerified: u.EmailVerified, Phone: u.Phone,
		profileLine: profileLineOf(u.Profile), Group: u.Group, Invitation: u.Invitation, Status: "active",
		Created: u.CreatedAt.Unix(), LastLogin: u.LastLoginAt.Unix(),
	}
	// A user that waits is not active either, and approve admits only a user that waits.
	switch {
	case u.Waiting:
		line.Status = "waiting"
	case !u.Active:
		line.Status = "disabled"
	}
	if line.Terms = u.Accepted.Version; line.Terms != "" {
		line.TermsAt = u.Accepted.At.Unix()
	}
	if u.DeleteAt != nil {
		line.Delete = u.DeleteAt.Unix()
	}
	return line
}

// printUsers prints users, and how to list the next page if there is one. The table has what a person needs to
// recognize a user and to see its state. Of a user's own texts it has only the identifiers, which have no control
// characters. A display name may have any character of a script, so it is in --json only.
func (d *desk) printUsers(users []operator.User, next string) error {
	// Empty and not nil, so that JSON has an empty list and not null.
	lines, rows := []userLine{}, [][]any{}
	for _, u := range users {
		line := lineOf(u)
		lines = append(lines, line)
		rows = append(rows, []any{line.ID, line.Site, orDash(u.UserName), emailCell(u), orDash(u.Phone), line.Group,
			line.Status, timeCell(&u.CreatedAt), timeCell(u.DeleteAt)})
	}
	// An object and not a list, so that members can be added.
	value := map[string]any{"users": lines, "next_cursor": next}
	err := d.print(value, "ID\tSITE\tUSER NAME\tEMAIL\tPHONE\tGROUP\tSTATUS\tCREATED\tDELETED AT", rows...)
	// The flag can be pasted as it is printed.
	if err == nil && next != "" && !d.json {
		_, err = fmt.Fprintln(d.out, "more: add --cursor", next)
	}
	return err
}

// emailCell is the email of a user in a table. One that the user has only claimed is marked: anybody can register with
// the address of another person, and an operator who approves or helps that user must not take the one for the other.
func emailCell(u operator.User) string {
	if u.Email != "" && !u.EmailVerified {
		return u.Email + " (unverified)"
	}
	return orDash(u.Email)
}

// userCommand returns the commands about users. Each act has a name of its own: with a flag that chooses between
// disable and enable, a wrong flag would do the opposite.
func (d *desk) userCommand() *cobra.Command {
	c := &cobra.Command{Use: "user",
		Short: "look users up, create, approve, change, disable, enable, delete and move them"}
	for _, one := range []*cobra.Command{d.userList(), d.userShow(),
		d.userAct("approve", "admit a user that waits, with ENROLL_SIGNUP=approval", false,
			func(s operators) userAct { return s.Approve }),
		d.userAct("disable", "disable a user and end all sessions", false,
			func(s operators) userAct { return s.Disable }),
		d.userAct("enable", "enable a user again", false, func(s operators) userAct { return s.Enable }),
		d.userAct("logout", "end all sessions of a user", false, func(s operators) userAct { return s.EndSessions }),
		d.userAct("delete", "delete a user and all that is held about the person, for good", true,
			func(s operators) userAct { return s.Delete }),
		d.userSetGroup(), d.userSendCode(), d.userCreate(), d.userUpdate(),
	} {
		c.AddCommand(hasOperation(one))
	}
	// These two move files of all users, which is work for the database and not for requests.
	c.AddCommand(d.userExport(), d.userImport())
	grouped(c)
	return c
}

// userAct is a use case on one user. Approve, Disable, Enable, EndSessions and Delete of package operator have this
// form, so that one function can run each of them.
type userAct func(context.Context, operator.Act) (operator.User, error)

// actFlags adds --dry-run, the flag of all commands that change something. A dry run executes the statements and rolls
// them back, so it also finds what would be refused.
func (d *desk) actFlags(c *cobra.Command) {
	c.Flags().BoolVar(&d.dry, "dry-run", false, "say what would be done, and do nothing")
}

// userAct returns a command that does something to one user. If final is set, the act cannot be undone and needs
// --yes, so that neither a script nor a person does it by mistake.
func (d *desk) userAct(name, short string, final bool, pick func(operators) userAct) *cobra.Command {
	c := &cobra.Command{Use: name + " ID", Short: short, Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return d.act(c.Context(), args[0], final, pick)
	}
	d.actFlags(c)
	// The other acts can be undone by another command, or by a login of the user, so they need no --yes.
	if final {
		c.Flags().BoolVar(&d.yes, "yes", false, "do it: it cannot be undone")
	}
	return c
}

// act does something to one user and prints the user as it is then.
func (d *desk) act(ctx context.Context, id string, final bool, pick func(operators) userAct) error {
	// A malformed id is refused before the database is opened.
	number, err := parseID(id)
	if err != nil {
		return err
	}
	// The command does not prompt, because a script has no terminal. A person can look at the user first.
	if final && !d.yes && !d.dry { // check: command-confirmed
		return fmt.Errorf("this cannot be undone: look with enroll user show %d, then repeat with --yes", number)
	}
	// These acts reset no codes, so they need no ENROLL_SECRET. Run closes the pool when the command ends.
	service, err := d.operators(ctx, nil)
	if err != nil {
		return err
	}
	user, err := pick(service)(ctx, operator.Act{By: atCommandLine(), User: number, DryRun: d.dry})
	if err != nil {
		return err
	}
	// The user is printed as it is after the act, which saves the operator a second command.
	return d.printChanged(user)
}

// userSetGroup returns the command that sets a group. The group is a flag and not a second argument, because two
// numbers in a row are easily swapped.
func (d *desk) userSetGroup() *cobra.Command {
	group := int64(0)
	c := &cobra.Command{Use: "set-group ID", Short: "put a user into a group", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return d.act(c.Context(), args[0], false, func(s operators) userAct {
			return func(ctx context.Context, a operator.Act) (operator.User, error) { return s.SetGroup(ctx, a, group) }
		})
	}
	c.Flags().Int64Var(&group, "group", 0, "the id of the group")
	d.actFlags(c)
	// --group has no default: a forgotten flag must not move a user to another group. cobra's error names
	// the flag.
	_ = c.MarkFlagRequired("group")
	return c
}

// userShow returns the command that shows a user. It changes nothing, so the audit log gets no entry.
func (d *desk) userShow() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "show a user", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			service, err := d.operators(c.Context(), nil)
			if err != nil {
				return err
			}
			// 0 is any site, because the command line acts on the whole deployment. A user whose
			// time of deletion has passed is shown, too, until the purge has deleted its row.
			user, err := service.Get(c.Context(), id, 0)
			if err != nil {
				return err
			}
			return d.printUsers([]operator.User{user}, "")
		}}
}

// userList returns the command that lists users. It lists one site at a time, because users of two sites may have
// the same name.
func (d *desk) userList() *cobra.Command {
	// A deployment with one site has site 1.
	f := operator.Filter{Site: 1}
	// These flags are strings, so that the errors below can say what form they must have.
	status, from, until := "", "", ""
	c := &cobra.Command{Use: "list", Short: "list users, the newest first", Args: NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if status != "" && status != "disabled" && status != "waiting" {
			return errors.New("--status is disabled or waiting, or left out for all users")
		}
		// A date is a day in UTC, as all printed times are in UTC.
		f.Disabled, f.Waiting = status == "disabled", status == "waiting"
		for _, day := range []struct { // a list, because a map from days would lose one if both flags name the same day
			text string
			at   *time.Time
		}{{from, &f.CreatedFrom}, {until, &f.CreatedUntil}} {
			parsed, err := time.Parse(time.DateOnly, day.text)
			if day.text != "" && err != nil {
				return errors.New("--from and --until are days, such as 2026-11-29")
			}
			if day.text != "" {
				*day.at = parsed
			}
		}
		service, err := d.operators(c.Context(), nil)
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
	// There is no value active: a list of active users would have to skip the others row by row.
	c.Flags().StringVar(&status, "status", "", "disabled, or waiting for users that wait for approval")
	_ = c.RegisterFlagCompletionFunc("status",
		cobra.FixedCompletions([]string{"disabled", "waiting"}, cobra.ShellCompDirectiveNoFileComp))
	c.Flags().Int64Var(&f.Group, "group", 0, "the id of a group")
	c.Flags().Int64Var(&f.Invitation, "invitation", 0, "the id of an invitation: users that have registered by it")
	// The range includes the first day and excludes the second: November is --from 2026-11-01 --until 2026-12-01.
	c.Flags().StringVar(&from, "from", "", "registered on this day (UTC) or later, such as 2026-11-29")
	c.Flags().StringVar(&until, "until", "", "registered before this day (UTC)")
	// The same number as the default of the admin API.
	c.Flags().Int32Var(&f.Page, "limit", 50, fmt.Sprintf("users at most, up to %d", operator.MaxPage))
	// The cursor is opaque: its form may change with a version.
	c.Flags().StringVar(&f.Cursor, "cursor", "", "the cursor that the list before has printed")
	return c
}

// entryLine is an entry of the audit log in --json. Like userLine, it may get more members. A number that does not
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

// auditCommand returns the command that lists the audit log. Reading leaves no entry, because the operator can read
// the same rows in the database.
func (d *desk) auditCommand() *cobra.Command {
	// The default is all sites, because entries about keys and resets of codes may have no site.
	f := audit.Filter{}
	c := &cobra.Command{Use: "audit", Short: "list the audit log, the newest entry first", Args: NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		log, err := d.audit(c.Context())
		if err != nil {
			return err
		}
		// The newest entry comes first, because operators mostly look for what has just happened.
		records, err := log.List(c.Context(), f)
		if err != nil {
			return err
		}
		lines, rows := []entryLine{}, [][]any{}
		for _, r := range records {
			lines = append(lines, entryLine{r.ID, r.At.Unix(), string(r.By.Kind), r.By.Name, string(r.Act), r.Site, r.User,
				r.By.Network, r.Detail})
			// r.By.Name is the name of a key or of an account. It is "" for a holder.
			who := strings.TrimSpace(string(r.By.Kind) + " " + r.By.Name)
			rows = append(rows, []any{r.ID, timeCell(&r.At), who, r.Act, r.User, orDash(r.By.Network), orDash(r.Detail)})
		}
		return d.print(map[string]any{"entries": lines}, "ID\tTIME\tWHO\tACT\tUSER\tNETWORK\tDETAIL", rows...)
	}
	c.Flags().Int64Var(&f.Site, "site", 0, "only of this site")
	c.Flags().Int64Var(&f.User, "user", 0, "only about this user")
	// The page begins at an id and not at a cursor: entries are ordered by id, and the table shows it.
	c.Flags().Int64Var(&f.Before, "before", 0, "only entries with a smaller id, for the next page")
	c.Flags().Int32Var(&f.Page, "limit", 50, fmt.Sprintf("entries at most, up to %d", audit.MaxPage))
	return c
}
