package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/settings"
)

// withRules adds what user create and user update need on the database. It needs ENROLL_SECRET, unlike the other
// commands about users.
func (d *desk) withRules(p *Parts) error {
	// One worker is enough for one password. The cost of the hash is that of the service, so that the first login need
	// not compute it anew.
	hasher, err := password.New(password.Config{Workers: 1, Metrics: prometheus.NewRegistry()})
	if err != nil {
		return err
	}
	described, err := NewExtra(d.config)
	if err != nil {
		return err
	}
	p.Rules, err = NewRules(d.config, d.pool, d.now, hasher, described)
	return err
}

// userCreate returns the command that creates a user. The password is in a file and not in an argument, which other
// accounts of the machine could read in the list of processes.
func (d *desk) userCreate() *cobra.Command {
	n, file := operator.NewUser{}, ""
	c := &cobra.Command{Use: "create", Short: "create a user by the rules of a registration", Args: NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		// On the database there is no idempotency key: a person sees whether the command has succeeded, and a repetition
		// finds the identifiers taken.
		n.By, n.DryRun = atCommandLine(), d.dry
		if n.Password, err = readPassword(file); err != nil {
			return err
		}
		service, err := d.operators(c.Context(), d.withRules)
		if err != nil {
			return err
		}
		// The command prints the user with its id, by which the other commands about users name it.
		user, err := service.Create(c.Context(), n)
		if err != nil {
			return onOneLine(err)
		}
		return d.printChanged(user)
	}
	// Most flags have the names of the fields in the contract, with hyphens.
	c.Flags().Int64Var(&n.Site, "site", 1, "the site")
	c.Flags().StringVar(&n.UserName, "user-name", "", "the user name")
	c.Flags().StringVar(&n.Email, "email", "", "the email")
	c.Flags().BoolVar(&n.EmailVerified, "email-verified", false, "you vouch for the email: the user can log in by it")
	c.Flags().StringVar(&n.Phone, "phone", "", "the phone; you vouch for it")
	// A flag with the password itself would also leave it in the history of the shell.
	c.Flags().StringVar(&file, "password-file", "", "a file with the password, such as /dev/stdin; none if left out")
	_ = c.MarkFlagFilename("password-file")
	basicsFlags(c.Flags(), &n.Basics)
	// 0 stands for the group of ENROLL_GROUP_ID, which is read only when the command runs.
	c.Flags().Int64Var(&n.Group, "group", 0, "the id of the group; that of new users if left out")
	// Without this flag the user is active, as after a registration.
	c.Flags().BoolVar(&n.Disabled, "disabled", false, "the user cannot log in before it is enabled")
	d.actFlags(c)
	return c
}

// readPassword reads the password from a file. It returns "" if no file is named. A line break at the end of the file
// is not part of the password: editors and echo write one.
func readPassword(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	// The rights of the file are the operator's concern, and the password policy bounds the length. An error does not
	// name the file, because a person may have typed the password in place of the name.
	content, err := settings.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--password-file: %w", err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	// With an empty password the user would have no password, which the operator did not mean.
	if text == "" {
		return "", errors.New("--password-file: the file is empty")
	}
	return text, nil
}

// userUpdate returns the command that changes a user. A flag that is left out changes nothing, and an empty one clears
// its field.
func (d *desk) userUpdate() *cobra.Command {
	// Each text has a variable of its own, which is used only if its flag was given.
	values, verified, group, file := texts{}, false, int64(0), ""
	c := &cobra.Command{Use: "update ID", Short: "change what a user logs in by, its profile or its group",
		Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		// A malformed id is refused before the database is opened.
		id, err := parseID(args[0])
		if err != nil {
			return err
		}
		f := c.Flags()
		changes := operator.Changes{
			UserName: values.given(f, "user-name"), Email: values.given(f, "email"), Phone: values.given(f, "phone"),
		}
		if changes.Edits, err = values.edits(f); err != nil {
			return err
		}
		// A file without a password is an error, so a password is never cleared.
		typed, err := readPassword(file)
		if err != nil {
			return err
		}
		if typed != "" {
			changes.Password = &typed
		}
		// The mark of a verified email is set, taken away, or left as it is.
		if c.Flags().Changed("email-verified") {
			changes.EmailVerified = &verified
		}
		// enroll user set-group does only this. Here it is one act together with the other changes.
		if c.Flags().Changed("group") {
			changes.Group = &group
		}
		// A command without a flag prints the user as it is, and writes no entry.
		service, err := d.operators(c.Context(), d.withRules)
		if err != nil {
			return err
		}
		user, err := service.Update(c.Context(), operator.Act{By: atCommandLine(), User: id, DryRun: d.dry}, changes)
		if err != nil {
			return onOneLine(err)
		}
		return d.printChanged(user)
	}
	values.add(c.Flags(), "user-name", "the user name")
	values.add(c.Flags(), "email", "the email, unverified unless --email-verified is set")
	values.add(c.Flags(), "phone", "the phone; you vouch for it")
	values.editFlags(c.Flags())
	c.Flags().StringVar(&file, "password-file", "", "a file with a new password, such as /dev/stdin: it ends all sessions")
	_ = c.MarkFlagFilename("password-file")
	// As for all boolean flags of cobra, no value means true. To take the mark away, the flag needs =false.
	c.Flags().BoolVar(&verified, "email-verified", false, "you vouch for the email; =false takes the mark away")
	c.Flags().Int64Var(&group, "group", 0, "the id of the group")
	d.actFlags(c)
	return c
}

// onOneLine joins the refusals of several fields to one line, such as "email: email_taken; phone: phone_invalid",
// because scripts read the output by lines, and main prints an error as it is.
func onOneLine(err error) error {
	return &oneLine{err}
}

// oneLine is an error whose text has no line breaks. It wraps the error, by which the exit status is chosen.
type oneLine struct{ error }

// Error replaces line breaks.
func (e *oneLine) Error() string { return strings.ReplaceAll(e.error.Error(), "\n", "; ") }

// Unwrap returns the error of the act.
func (e *oneLine) Unwrap() error { return e.error }

// printChanged prints a user after an act, and says if it was a dry run.
func (d *desk) printChanged(user operator.User) error {
	d.sayDry("user")
	return d.printUsers([]operator.User{user}, "")
}

// sayDry writes a line above a table of a dry run. JSON has no such line: its reader is a program, which knows that it
// has set --dry-run.
func (d *desk) sayDry(what string) {
	if d.dry && !d.json {
		fmt.Fprintf(d.out, "nothing was done; the %s would be:\n", what)
	}
}
