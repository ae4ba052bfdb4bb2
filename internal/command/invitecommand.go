package command

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/postgres"
)

// invitationLine is an invitation in --json, with the names of openapi-admin.yaml, so that a program can read both. It
// does not have the code: the database has only a hash of it. BoundTo is email, phone or empty, because the address
// that an invitation is bound to is stored as a hash, too. A time that does not apply is 0, and the group 0 means the
// default group.
type invitationLine struct {
	Site      int64  `json:"site_id"`
	ID        int64  `json:"id"`
	State     string `json:"state"`
	Quota     int32  `json:"quota"`
	Used      int32  `json:"used"`
	BoundTo   string `json:"bound_to"`
	Group     int64  `json:"group_id"`
	Note      string `json:"note"`
	CreatedBy string `json:"created_by"`
	Created   int64  `json:"created_time"`
	Expires   int64  `json:"expire_time"`
	Revoked   int64  `json:"revoke_time"`
}

// inviteCommand has the commands about invitations. If ENROLL_SIGNUP is invite, each registration needs one; if it is
// closed, an invitation admits no registration, but it can be made in advance.
func (d *desk) inviteCommand() *cobra.Command {
	// The word is that of the page's link and of the contract's field, invite_code.
	c := &cobra.Command{Use: "invite", Short: "make, list and revoke invitations to register"}
	c.AddCommand(d.inviteCreate(), d.inviteList(), d.inviteRevoke())
	grouped(c)
	return c
}

// inviteCreate returns the command that makes an invitation. The code is printed and written nowhere else: no log has
// it, and the audit log has the id of the invitation.
func (d *desk) inviteCreate() *cobra.Command {
	n, expires := operator.NewInvitation{}, ""
	c := &cobra.Command{Use: "create", Short: "make an invitation and print its code, once", Args: NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		// --expires is checked before the database is opened: a mistake in it needs no connection.
		var err error
		if n.Life, err = parseLife(expires); err != nil {
			return err
		}
		// CreateInvitation checks the rest: the quota, the address, the group and the note. Invitations need neither codes
		// nor the rules of a registration, and so no ENROLL_SECRET.
		service, err := d.operators(c.Context(), nil)
		if err != nil {
			return err
		}
		if err := d.served(n.Site); err != nil {
			return err
		}
		// The entry in the audit log names the account of the operating system, as for each command.
		n.By, n.DryRun = atCommandLine(), d.dry
		code, made, err := service.CreateInvitation(c.Context(), rand.Reader, n)
		if err != nil {
			return err
		}
		// A dry run has no code to print, so it prints what the list would say about it.
		if d.dry {
			d.sayDry("invitation")
			return d.printInvitations([]operator.Invitation{made})
		}
		// The id is what a program needs to revoke the invitation. A person finds it in the list.
		if d.json {
			return d.print(map[string]any{"id": made.ID, "invite_code": code}, "")
		}
		// The code is the only text on standard output, so that a script can put it into a link or a mail.
		_, err = fmt.Fprintln(d.out, code)
		return err
	}
	// A deployment with one site has site 1. An invitation is for one site, because users are.
	c.Flags().Int64Var(&n.Site, "site", 1, "the site")
	// The default is one person: a code that is passed on must not admit more people than the operator meant.
	c.Flags().Int32Var(&n.Quota, "quota", 1, "how many people may register by it")
	c.Flags().StringVar(&expires, "expires", "", "the life of the invitation, such as 7d or 12h; without end if left out")
	// At most one of the two may be given: a registration proves one address.
	c.Flags().StringVar(&n.Email, "email", "", "the only email that may register; it must be proved by a code")
	c.Flags().StringVar(&n.Phone, "phone", "", "the only phone that may register")
	// 0 is stored as "no group". The registration then gives the group of ENROLL_GROUP_ID as it is at that time.
	c.Flags().Int64Var(&n.Group, "group", 0, "the group of those that register; that of new users if left out")
	// The note is not in the audit log: it may name a person, and an entry of the log cannot be corrected.
	c.Flags().StringVar(&n.Note, "note", "", "what the invitation is for; only operators see it")
	d.actFlags(c)
	return c
}

// inviteList returns the command that lists invitations. Those that have ended are listed, too, with their state.
func (d *desk) inviteList() *cobra.Command {
	p := operator.InvitationPage{}
	c := &cobra.Command{Use: "list", Short: "list the invitations of a site, the newest first, also those that have ended",
		Args: NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		service, err := d.operators(c.Context(), nil)
		if err != nil {
			return err
		}
		// The table shows the id of the last invitation, with which --before lists the next page.
		all, err := service.Invitations(c.Context(), p)
		if err != nil {
			return err
		}
		return d.printInvitations(all)
	}
	c.Flags().Int64Var(&p.Site, "site", 1, "the site")
	c.Flags().Int64Var(&p.Before, "before", 0, "only invitations with a smaller id, for the next page")
	c.Flags().Int32Var(&p.Page, "limit", 50, fmt.Sprintf("invitations at most, up to %d", operator.MaxPage))
	return c
}

// inviteRevoke returns the command that ends an invitation. It needs no --yes: a new invitation is easily made.
func (d *desk) inviteRevoke() *cobra.Command {
	site := int64(1)
	c := &cobra.Command{Use: "revoke ID", Short: "end an invitation at once", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		// The argument is the id and not the code: a code would stay in the history of the shell.
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil || id < 1 {
			return errors.New("an invitation is named by its id, a whole number from 1; enroll invite list shows it")
		}
		service, err := d.operators(c.Context(), nil)
		if err != nil {
			return err
		}
		// The statement compares the site, too: a mistyped id must not end an invitation of another site. Without --site the
		// invitation must be of site 1.
		ended, err := service.RevokeInvitation(c.Context(), atCommandLine(), site, id, d.dry)
		if err != nil {
			return err
		}
		// The table shows how many people have registered by it. Their accounts stay: enroll user list --invitation
		// finds them. After a dry run it shows the invitation as the command would have left it.
		d.sayDry("invitation")
		return d.printInvitations([]operator.Invitation{ended})
	}
	c.Flags().Int64Var(&site, "site", 1, "the site")
	d.actFlags(c)
	return c
}

// printInvitations prints what is known about invitations, which is not their codes: the database has only hashes. The
// three commands about them print the same table.
func (d *desk) printInvitations(all []operator.Invitation) error {
	// Empty and not nil, so that JSON has an empty list and not null.
	lines, rows := []invitationLine{}, [][]any{}
	for _, i := range all {
		lines = append(lines, invitationLine{
			i.Site, i.ID, string(i.State), i.Quota, i.Used, i.BoundTo, i.Group, i.Note, i.CreatedBy,
			i.CreatedAt.Unix(), postgres.UnixOrZero(i.ExpiresAt), postgres.UnixOrZero(i.RevokedAt),
		})
		// "default", because a reader of the table could take 0 for the id of a group.
		group := "default"
		if i.Group != 0 {
			group = strconv.FormatInt(i.Group, 10)
		}
		// The actor and the time of the revocation are in --json only: a table wider than a terminal is hard to read.
		rows = append(rows, []any{i.ID, i.State, fmt.Sprintf("%d/%d", i.Used, i.Quota), orDash(i.BoundTo), group,
			timeCell(&i.CreatedAt), timeCell(i.ExpiresAt), orDash(i.Note)})
	}
	return d.print(map[string]any{"invitations": lines}, "ID\tSTATE\tUSED\tBOUND TO\tGROUP\tCREATED\tEXPIRES\tNOTE",
		rows...)
}
