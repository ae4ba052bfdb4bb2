package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/settings"
)

// The groups of commands in the help of enroll, by their ids. A command of package main names the group that it is in.
// Those without a group, help and completion, stand at the end.
const (
	// ForService is the group of commands that run the service or prepare it.
	ForService = "service"
	// ForOperators is the group of commands by which operators act on users.
	ForOperators = "operators"
)

// Program is what package main adds to the commands of this package: the senders of messages are made there, both for
// the service and for the commands.
type Program struct {
	Version  string
	Commands []*cobra.Command
	// NewAddresses makes the part that sends codes, with the senders and the budgets of the service.
	NewAddresses func(settings.Config, *postgres.Pool, func() time.Time) (*address.Addresses, error)
	// NewMoney makes the budgets of money, nil if none are set.
	NewMoney func(settings.Config, *slog.Logger) (*code.Money, error)
}

// Run runs one command. args has the command and its arguments, without the name of the program. Each command has
// --help, -h and --version, which need no settings and succeed. An interrupt cancels ctx: a command that waits for the
// database then ends with an error, and PostgreSQL rolls its transaction back.
func Run(ctx context.Context, args, environ []string, out io.Writer, p Program) error {
	d := &desk{environ: environ, out: out, newAddresses: p.NewAddresses, newMoney: p.NewMoney}
	// A command that was refused before open has no pool.
	defer func() {
		if d.pool != nil {
			d.pool.Close()
		}
	}()
	root := d.tree(p)
	// Earlier releases used package flag, which accepts one dash. People still type these two flags with one.
	if len(args) > 0 && (args[0] == "-help" || args[0] == "-version") {
		args = append([]string{"-" + args[0]}, args[1:]...)
	}
	// For nil, cobra would read the arguments of the process, which tests do not set. A copy is made, because cobra may
	// change the list.
	root.SetArgs(append([]string{}, args...))
	// main prints errors. What else cobra would print there is a note that a completion has ended.
	root.SetErr(io.Discard)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		return nil
	}
	// Errors of an operator's command begin with the first word of the command, such as user. The other commands name
	// themselves.
	for c.HasParent() && c.Parent() != root {
		c = c.Parent()
	}
	if c.GroupID == ForOperators {
		return fmt.Errorf("%s: %w", c.Name(), err)
	}
	return err
}

// tree returns the command enroll with all commands below it.
func (d *desk) tree(p Program) *cobra.Command {
	// main prints errors; a usage text below each would hide them.
	root := &cobra.Command{Use: "enroll", Short: "enroll lets people register", SilenceErrors: true, SilenceUsage: true,
		Long: "enroll lets people register.\n\nSettings are environment variables; docs/settings.md lists them."}
	// The command completion takes its output when it is made.
	root.SetOut(d.out)
	// The help lists the commands in two groups, because most readers need one of them.
	root.AddGroup(&cobra.Group{ID: ForService, Title: "The service:"},
		&cobra.Group{ID: ForOperators, Title: "For operators:"})
	root.AddCommand(p.Commands...)
	for _, c := range []*cobra.Command{d.migrateCommand(), d.restoredCommand()} {
		// The flags are hidden: they are here for a plain answer only.
		d.by.flags(c)
		c.PersistentFlags().VisitAll(func(f *pflag.Flag) { f.Hidden = true })
		root.AddCommand(c)
	}
	for _, c := range []*cobra.Command{
		d.userCommand(), hasOperation(d.groupCommand()), hasOperation(d.inviteCommand()), d.keyCommand(),
		hasOperation(d.codesCommand()), hasOperation(d.auditCommand()), hasOperation(d.eventCommand()), d.smsCommand(),
		d.templateCommand(),
	} {
		// --json is a flag of all these commands, so that a script can always set it.
		c.PersistentFlags().BoolVar(&d.json, "json", false, "print JSON for programs instead of a table")
		d.by.flags(c)
		c.GroupID = ForOperators
		root.AddCommand(c)
	}
	grouped(root)
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return d.by.check(c) }
	// Without a command enroll fails, unlike enroll user: a unit file without the word serve must not seem to work.
	root.RunE = func(c *cobra.Command, _ []string) error {
		_ = c.Help()
		return errors.New("say what to do, for example: enroll serve --dev")
	}
	// Both are made here and not when a command runs, so that they have --version, too.
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultHelpCmd()
	// Most arguments are ids or addresses, so a shell must not complete them by names of files. The flags that name a
	// file turn that on.
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil && c != root {
		grouped(c)
	}
	// cobra's own text would be the whole help of the command, in which a reader has to look for the error.
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, c.CommandPath())
	})
	// cobra has --version for commands with a version only.
	root.SetVersionTemplate("enroll {{.Version}}\n")
	each(root, func(c *cobra.Command) { c.Version = p.Version })
	return root
}

// each calls do for a command and for all below it, each before its own. cobra has no walk of its own.
func each(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		each(sub, do)
	}
}

// grouped makes a command that only has other commands below it print its help, and refuse words that name none of
// them: cobra would print the help for those, too, and succeed. A script that has misspelled a command would go on.
func grouped(c *cobra.Command) {
	c.Args = func(c *cobra.Command, args []string) error {
		// People also type enroll user help.
		if len(args) == 0 || args[0] == "help" {
			return nil
		}
		return unknown(c, args)
	}
	// Printing the help succeeds, also if no word follows: a person looks for the commands in this way.
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}

// unknown is the error for words that name no command below c. It repeats only the first of them: the others may be
// identifiers.
func unknown(c *cobra.Command, args []string) error {
	name := strings.TrimPrefix(c.CommandPath()+" "+args[0], "enroll ")
	return fmt.Errorf("there is no command %q; see %s --help", name, c.CommandPath())
}

// NoArgs refuses arguments of a command that takes none. cobra.NoArgs would call them unknown commands.
func NoArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no argument %q; see %s --help", c.Name(), args[0], c.CommandPath())
	}
	return nil
}

// helpCommand returns the command that prints the help of a command. That of cobra succeeds for a name that it does
// not know.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{Use: "help [COMMAND]", Short: "print the help of a command",
		RunE: func(_ *cobra.Command, args []string) error {
			// Without a name this is the help of enroll, which lists all commands.
			c, rest, err := root.Find(args)
			if err == nil && len(rest) > 0 {
				err = unknown(c, rest)
			}
			if err != nil {
				return err
			}
			return c.Help()
		}}
}
