// Command enroll is the registration service. It serves the API, migrates its
// database, prints its settings and generates its keys.
//
// All settings come from environment variables. A command takes flags and arguments
// only for what is not a setting, so that every command that runs in one environment
// uses the same settings. If a command fails, it prints the error on standard error, with
// a line for each wrong setting, and exits with status 1, or 3 if the user, group or key
// that it names does not exist, or if the key was revoked before.
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
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

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

// usage is printed by `enroll help`, and before the error of a call without a
// command.
const usage = `enroll lets people register.

Usage:
  enroll serve [--dev]   serve the API; --dev brings a database, keys and harmless settings of its own
  enroll migrate         bring the database of ENROLL_DATABASE_URL up to this version, then exit
  enroll restored        after a restore to an earlier point in time: give no id twice, end all sessions
  enroll ready           ask the service that runs with these settings whether it is ready
  enroll captcha URL     solve a captcha of the service there, and print it as members of a request
  enroll codes reset ADDRESS
                         end the codes of a phone or email and forget its counts, if they refuse its holder
  enroll user            list, create, change, disable, delete, import, export users, end their sessions
  enroll group           list, create, change and delete groups of users
  enroll key             make, list and revoke keys of the admin API
  enroll audit           list what operators have done, and changes of credentials
  enroll config [--dev]  print the settings in force, secrets hidden
  enroll keygen DIR      write a new signing key and a new secret into DIR
  enroll version         print the version

Settings are environment variables; docs/settings.md lists them.
`

// The usage names groups of commands, such as enroll user. The help of a group lists its commands.

// run is main without the process: its arguments, environment and output are
// parameters, so that tests can call it in parallel.
func run(ctx context.Context, args, environ []string, out io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(out, usage)
		return errors.New("say what to do, for example: enroll serve --dev")
	}
	// These commands have flags behind their arguments, which package flag does not read. They work on the database
	// by themselves: no service has to run, and no key is needed. Package command reads the settings for them, and
	// says which exit status an error has.
	if slices.Contains([]string{"user", "group", "key", "audit"}, args[0]) {
		return command.Operate(ctx, args, environ, out)
	}
	flags := flag.NewFlagSet("enroll "+args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error is returned and usage printed below
	dev := false                // no setting: an environment must not turn a production service into a development one
	if args[0] == "serve" || args[0] == "config" {
		flags.BoolVar(&dev, "dev", false, "")
	}
	if err := flags.Parse(args[1:]); errors.Is(err, flag.ErrHelp) {
		_, err = fmt.Fprint(out, usage)
		return err
	} else if err != nil {
		return fmt.Errorf("%s: %w; see enroll help", args[0], err)
	}
	// Of the remaining commands, these have arguments. They check the number of arguments themselves, because
	// their errors have an example.
	switch args[0] {
	case "keygen":
		return settings.Keygen(flags.Args(), out)
	case "captcha":
		return terminal{os.Stdin, os.Stderr, out, captchaFile}.solveCaptcha(ctx, flags.Args())
	case "codes":
		return command.Codes(ctx, flags.Args(), environ, out)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s takes no argument %q; see enroll help", args[0], flags.Arg(0))
	}
	switch args[0] {
	case "serve":
		return serve(ctx, dev, environ, out)
	case "migrate":
		return command.Migrate(ctx, environ, out)
	case "restored":
		return command.Restored(ctx, environ, out)
	case "ready":
		return askReady(ctx, environ, out)
	case "config":
		return settings.Print(dev, environ, out)
	case "version", "-version", "--version":
		_, err := fmt.Fprintln(out, "enroll", version)
		return err
	case "help", "-h", "-help", "--help":
		_, err := fmt.Fprint(out, usage)
		return err
	}
	return fmt.Errorf("there is no command %q; see enroll help", args[0])
}
