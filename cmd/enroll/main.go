// Command enroll is the registration service: it serves the API, migrates
// its database, shows its settings and makes its keys.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once, as a person who repeats
	// Ctrl-C expects.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "enroll:", err)
		os.Exit(1)
	}
}

const usage = `enroll lets people register.

Usage:
  enroll serve [--dev]   serve the API; --dev brings a database, keys and harmless settings of its own
  enroll migrate         bring the database of ENROLL_DATABASE_URL up to this version, then exit
  enroll ready           ask the service that runs with these settings whether it is ready
  enroll config [--dev]  print the settings in force, secrets hidden
  enroll keygen DIR      write a new signing key and a new secret into DIR
  enroll version         print the version

Settings are environment variables; docs/settings.md lists them.
`

// run is the whole program: tests call it as main does.
func run(ctx context.Context, args, environ []string, out io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(out, usage)
		return errors.New("say what to do, for example: enroll serve --dev")
	}
	flags := flag.NewFlagSet("enroll "+args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	dev := false
	if args[0] == "serve" || args[0] == "config" {
		flags.BoolVar(&dev, "dev", false, "")
	}
	if err := flags.Parse(args[1:]); errors.Is(err, flag.ErrHelp) {
		_, err = fmt.Fprint(out, usage)
		return err
	} else if err != nil {
		return fmt.Errorf("%s: %w; see enroll help", args[0], err)
	}
	if args[0] == "keygen" {
		return keygen(flags.Args(), out)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s takes no argument %q; see enroll help", args[0], flags.Arg(0))
	}
	switch args[0] {
	case "serve":
		return serve(ctx, dev, environ, out)
	case "migrate":
		return migrate(ctx, environ, out)
	case "ready":
		return askReady(ctx, environ, out)
	case "config":
		return printConfig(dev, environ, out)
	case "version", "-version", "--version":
		_, err := fmt.Fprintln(out, "enroll", version)
		return err
	case "help", "-h", "-help", "--help":
		_, err := fmt.Fprint(out, usage)
		return err
	}
	return fmt.Errorf("there is no command %q; see enroll help", args[0])
}
