// Command stage runs a command against a real Enroll: it starts the service
// with an empty database, a phone network and a mail server of its own, runs
// the command with their addresses in its environment, and stops it all when
// the command ends, with the command's exit status.
//
//	go run ./test/stage [-enroll bin/enroll] [-set NAME=VALUE]... [-scenarios FILE] COMMAND [ARG]...
//
// It is for clients in any language: SDKs, browsers, contract tests. The
// command finds
//
//   - ENROLL_URL, the API of the service, and
//   - STAGE_URL, a server for what only a test may know and do:
//     GET /code?phone=%2B8613800138000 answers {"code":"123456"}, the newest code
//     sent to that phone, and waits for one if there is none. /code?email= does the
//     same for a mail. Each code is answered once. GET /post answers the newest SMS post as a
//     receiver gets it, {"header":{…},"body":"…"}, which STAGE_SMS_SECRET signed.
//     GET /tokens?user=1000 answers {"good":[{"name","token"},…],"bad":[…]}:
//     tokens that a verifier must accept, and tokens that it must refuse.
//     GET /token?user=1000&age=7200&life=3600 answers {"token"}: one that was
//     signed age seconds ago and is valid for life seconds from then.
//     GET /picture?id= answers {"answer"}, the digits of an image captcha.
//     GET /work?salt=&bits=&puzzles= answers {"answer"}, a proof of work.
//     POST /plain/later?seconds=60 lets 60 seconds pass for the codes that were
//     sent, and POST /plain/disable?id=1000 disables a user.
//
// The service runs as `enroll serve --dev`; -set changes a setting. Its output
// is shown when the command fails. An SMS to +8613800000000 and a mail to
// unreachable.example cannot be delivered.
//
// -scenarios starts all deployments of test/scenarios.json instead of one service. ENROLL_URL is
// then the deployment named plain (without the flag, the one service has that name), and
// STAGE_DEPLOYMENTS has the base URLs of all by name, as a JSON object. Two more names are answer,
// below which the file's made-up answers are served, and hostile, below which the servers of
// hostile.go are. The flag may be repeated; one of the files has the deployments.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if status := (*exec.ExitError)(nil); errors.As(err, &status) && status.ExitCode() > 0 {
		os.Exit(status.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stage:", err)
		os.Exit(1)
	}
}

// run is the whole program. The *exec.ExitError of the command is the first in its error.
func run(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	flags := flag.NewFlagSet("stage", flag.ContinueOnError)
	flags.SetOutput(errs)
	binary := flags.String("enroll", "bin/enroll", "the `program` of the service")
	var set []string
	flags.Func("set", "a setting of the service, `NAME=VALUE`; may be repeated", func(pair string) error {
		if name, _, ok := strings.Cut(pair, "="); !ok || !strings.HasPrefix(name, "ENROLL_") {
			return errors.New("not ENROLL_NAME=VALUE")
		}
		set = append(set, pair)
		return nil
	})
	var scenarios []string
	flags.Func("scenarios", "start the deployments of this `file`; may be repeated", func(name string) error {
		scenarios = append(scenarios, name)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("say which command to run")
	}
	network, err := newNetwork()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, network.close()) }()
	forge, err := newForge()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forge.close()) }()
	network.mux.HandleFunc("GET /picture", picture)
	book := playbook{Deployments: map[string]deployment{plain: {}}}
	if len(scenarios) > 0 {
		if book, err = readPlaybook(scenarios...); err != nil {
			return err
		}
	}
	services, err := assemble(ctx, *binary, slices.Concat(network.settings(), forge.settings(), pictureSettings(), set),
		book)
	defer func() { err = errors.Join(err, services.stop()) }()
	if err != nil {
		// Not %w: the exit status of a service is not the command's.
		return fmt.Errorf("%v", err)
	}
	services.serve(network.mux)
	network.mux.HandleFunc("/answer/{name}/", book.answer)
	hostile := newHostile()
	defer func() { err = errors.Join(err, hostile.close()) }()
	hostile.serve(network.mux)
	urls := services.urls()
	if err := forge.serves(urls[plain]); err != nil {
		return err
	}
	network.mux.HandleFunc("GET /tokens", forge.tell)
	network.mux.HandleFunc("GET /token", forge.age)
	urls["answer"], urls["hostile"] = network.url()+"/answer", network.url()+"/hostile"
	deployments, err := json.Marshal(urls)
	if err != nil {
		return err
	}

	command := exec.CommandContext(ctx, flags.Arg(0), flags.Args()[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, out, errs
	command.Env = append(command.Environ(), "ENROLL_URL="+urls[plain], "STAGE_URL="+network.url(),
		"STAGE_SMS_SECRET="+smsSecret, "STAGE_DEPLOYMENTS="+string(deployments))
	// Ctrl-C also reaches the command directly. A test runner then has a moment to close its browser.
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	if err := command.Run(); err != nil {
		// A service logs a request after it has answered: only when it has ended are its lines complete.
		err = errors.Join(err, services.quit())
		fmt.Fprintf(errs, "--- what the service said:\n%s---\n", services.said())
		return err
	}
	return nil
}
