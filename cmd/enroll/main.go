// Command enroll is the registration service. It serves the API, migrates its
// database, prints its settings and generates its keys.
//
// All settings come from environment variables. A command takes flags and arguments
// only for what is not a setting, so that every command that runs in one environment
// uses the same settings. If a command fails, it prints the error on standard error, with
// a line for each wrong setting, and exits with status 1, or 3 if the user, group,
// invitation or key that it names does not exist, or if the invitation or key was revoked
// before, or 2 if it has no operation in the admin API that --url names.
// The log goes to standard output; a supervisor collects it.
//
// # Files
//
// Package settings reads the settings, and package command has the commands that work on
// the database. serve.go starts and stops the service, service.go makes its parts, and the
// other files have one part or command each.
//
// # The environment
//
// Of the service's packages only this one reads the environment. Services get the clock and
// the random source as parameters, so that tests can set them.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/command"
	"github.com/enroll-project/enroll/internal/settings"
)

// version is set by the linker (-X main.version=…) in `make build`.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal drains the service. After it the default applies again, so
	// that a second Ctrl-C ends the process at once.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "enroll:", err)
		os.Exit(command.ExitStatus(err))
	}
}

// run is main without the process: its arguments, environment and output are
// parameters, so that tests can call it in parallel.
func run(ctx context.Context, args, environ []string, out io.Writer) error {
	return command.Run(ctx, args, environ, out, command.Program{
		Version: version, Commands: commands(environ, out), NewAddresses: newAddresses,
		NewMoney: moneyOf,
	})
}

// commands returns the commands of this package. Package command has those that work on the database by themselves, and
// says which exit status an error has.
func commands(environ []string, out io.Writer) []*cobra.Command {
	dev := false // no setting: an environment must not turn a production service into a development one
	all := []*cobra.Command{
		{Use: "serve", Short: "serve the API; --dev brings a database, keys and harmless settings of its own",
			RunE: func(c *cobra.Command, _ []string) error { return serve(c.Context(), dev, environ, out) }},
		{Use: "ready", Short: "ask the service that runs with these settings whether it is ready",
			RunE: func(c *cobra.Command, _ []string) error { return askReady(c.Context(), environ, out) }},
		{Use: "config", Short: "print the settings in force, secrets hidden",
			RunE: func(*cobra.Command, []string) error { return settings.Print(dev, environ, out) }},
		{Use: "version", Short: "print the version",
			RunE: func(*cobra.Command, []string) error {
				_, err := fmt.Fprintln(out, "enroll", version)
				return err
			}},
		// These two check the number of arguments themselves, because their errors have an example.
		{Use: "captcha URL", Short: "solve a captcha of the service there, and print it as members of a request",
			Args: cobra.ArbitraryArgs,
			RunE: func(c *cobra.Command, args []string) error {
				return terminal{os.Stdin, os.Stderr, out, captchaFile}.solveCaptcha(c.Context(), args)
			}},
		{Use: "keygen DIR", Short: "write a new signing key and a new secret into DIR", Args: cobra.ArbitraryArgs,
			// A shell completes the names of folders.
			ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
			RunE:              func(_ *cobra.Command, args []string) error { return settings.Keygen(args, out) }},
	}
	for _, c := range all {
		c.GroupID = command.ForService
		if c.Args == nil {
			c.Args = command.NoArgs
		}
		if c.Name() == "serve" || c.Name() == "config" {
			c.Flags().BoolVar(&dev, "dev", false, "as for development: no setting is needed")
		}
	}
	return all
}
