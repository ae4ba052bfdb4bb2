package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// userExport returns the command that writes all users to a file. It has no --dry-run, because it changes nothing
// besides its entry in the audit log.
func (d *desk) userExport() *cobra.Command {
	// 0 is all sites: a move of the deployment is the usual reason.
	site := int64(0)
	c := &cobra.Command{Use: "export FILE", Short: "write all users, with the hashes of their passwords, to a new file",
		Args: cobra.ExactArgs(1), ValidArgsFunction: files}
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := d.open(c.Context()); err != nil {
			return err
		}
		// The same export goes to a file or to standard output.
		export := func(out io.Writer, say func(string, ...any)) error {
			users, err := transfer.Export(c.Context(), transfer.ExportConfig{
				Pool: d.pool, By: atCommandLine(), Site: site, Now: d.now,
				Progress: func(users int64) { say("%d users\n", users) },
			}, out)
			if err == nil {
				err = d.sayExported(args[0], users)
			}
			return err
		}
		// A pipe to a program that encrypts leaves no plain file. Progress would be in the middle of the users.
		if args[0] == "-" {
			return export(d.out, func(string, ...any) {})
		}
		// The file is made only now: an error of the settings must not leave an empty one.
		return writeSecret(args[0], func(out io.Writer) error { return export(out, d.progress(time.Now)) })
	}
	// One site of several can be moved to a deployment of its own.
	c.Flags().Int64Var(&site, "site", 0, "only of this site; all sites if left out")
	return c
}

// files completes an argument by the names of files.
var files = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)

// sayExported prints the number of users, unless the users themselves were printed.
func (d *desk) sayExported(file string, users int64) error {
	if file == "-" {
		return nil
	}
	// The number shows an operator at once if users are missing.
	return d.print(map[string]any{"users": users}, "USERS", []any{users})
}

// writeSecret makes a file that only this account can read, and has it written. A file that exists is not overwritten:
// its rights may be wider. If the writing fails, the file is removed, so that no half file is taken for a whole one.
func writeSecret(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // check: export-mode
	if err != nil {
		return fileError(err)
	}
	// The file stays open to the end, so that another program cannot take its name meanwhile.
	err = write(file)
	// An error of the disk may show only now.
	if synced := file.Sync(); err == nil {
		err = fileError(synced)
	}
	if closed := file.Close(); err == nil {
		err = fileError(closed)
	}
	if err != nil {
		return errors.Join(err, fileError(os.Remove(name)))
	}
	return nil
}

// fileError returns the cause of an error of a file. The operator has named the file.
func fileError(err error) error {
	// The prefix of package os, such as open, says nothing more.
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return err
}

// userImport returns the command that imports users. Its counts are printed in any case: what was imported before an
// error stays imported.
func (d *desk) userImport() *cobra.Command {
	from, name, report, hash, site := "", "", "", "", int64(1)
	var reading source.Options
	c := &cobra.Command{Use: "import FILE", Short: "import users of an export or of another system",
		Args: cobra.ExactArgs(1), ValidArgsFunction: files}
	c.RunE = func(c *cobra.Command, args []string) error {
		// A mistyped name is reported before the database is opened.
		file, err := os.Open(args[0])
		if err != nil {
			return fileError(err)
		}
		defer file.Close()
		if reading.Firebase, err = firebaseHash(hash); err != nil {
			return err
		}
		config, err := d.importing(c.Context())
		if err != nil {
			return err
		}
		// The flags complete what the settings say.
		config.From, config.Reading, config.Site, config.DryRun = from, reading, site, d.dry
		// Two systems of one kind need a name each.
		config.Source = cmp.Or(name, from)
		run := func(report io.Writer) error {
			config.Report = report
			counts, failed := transfer.Import(c.Context(), config, file)
			// The counts are those of the rows that were stored, also if the import has failed.
			d.sayDry("result")
			return errors.Join(failed, d.print(counts, "ROWS\tIMPORTED\tCHANGED\tPRESENT\tREFUSED\tGROUPS\tWAITING",
				[]any{counts.Rows, counts.Imported, counts.Changed, counts.Present, counts.Refused, counts.Groups,
					counts.Waiting}))
		}
		if report == "" {
			return run(nil)
		}
		return writeReport(report, run)
	}
	// The shell completes the formats, and the help has them for people without completion.
	c.Flags().StringVar(&from, "from", source.FromNDJSON, "the format: "+strings.Join(source.Formats(), ", "))
	_ = c.RegisterFlagCompletionFunc("from",
		cobra.FixedCompletions(source.Formats(), cobra.ShellCompDirectiveNoFileComp))
	c.Flags().StringVar(&hash, "firebase-hash", "",
		"a file with the password hash parameters that the console of firebase shows")
	_ = c.MarkFlagFilename("firebase-hash")
	// The name is stored with each row, so that a later file of the same system is recognized.
	c.Flags().StringVar(&name, "source", "", "a name of the system of the file; that of the format if left out")
	c.Flags().BoolVar(&reading.Phones, "phones-verified", false,
		"you vouch for phones that the source has not verified, and keep them")
	c.Flags().BoolVar(&reading.Emails, "emails-verified", false,
		"you vouch for emails that supabase has confirmed")
	c.Flags().Int64Var(&site, "site", 1, "the site of rows that name none")
	// Without a report only the counts are printed, which is enough if nothing is refused.
	c.Flags().StringVar(&report, "report", "", "a new file that gets a line for each row: what has become of it, and why")
	_ = c.MarkFlagFilename("report")
	d.actFlags(c)
	return c
}

// firebaseHash reads the parameters of Firebase's hashes. They come from a file because the signer key is a secret:
// other accounts of the machine can see the arguments of a command.
func firebaseHash(name string) (h source.FirebaseHash, err error) {
	// The import of another format needs none, and that of Firebase refuses to begin without them.
	if name == "" {
		return h, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return h, fileError(err)
	}
	return source.ReadFirebaseHash(string(text))
}

// writeReport is writeSecret for a report, which stays if the import stops: it says what was imported.
func writeReport(name string, run func(io.Writer) error) error {
	// The report is as secret as the ids of a customer list, so it has the same rights.
	var failed error
	err := writeSecret(name, func(out io.Writer) error {
		failed = run(out)
		return nil
	})
	// The error of the import comes first: it says more.
	return errors.Join(failed, err)
}

// importing opens the database and returns what an import needs, from the settings of the service.
func (d *desk) importing(ctx context.Context) (c transfer.ImportConfig, err error) {
	if err := d.open(ctx); err != nil {
		return c, err
	}
	// Extra data is checked by the schema that the service has.
	described, err := NewExtra(d.config)
	if err != nil {
		return c, err
	}
	// An import hashes no password, but it wraps weak hashes, on all cores.
	hasher, err := password.New(password.Config{MaxWait: time.Minute})
	if err != nil {
		return c, err
	}
	rules, err := NewRules(d.config, d.pool, d.now, hasher, described)
	if err != nil {
		return c, err
	}
	// The rate includes the time of the database.
	say, began := d.progress(time.Now), time.Now()
	return transfer.ImportConfig{
		Pool: d.pool, By: atCommandLine(), Sites: d.config.Sites, Rules: rules, Extra: described,
		DefaultGroup: d.config.GroupID, Now: d.now,
		Progress: func(n transfer.Counts) {
			say("%d rows, %d of them refused, %.0f a second\n", n.Rows, n.Refused, float64(n.Rows)/time.Since(began).Seconds())
		},
	}, nil
}

// progress returns a function that prints a line, and skips it if the line before is less than two seconds old. JSON
// is for programs, which need no progress.
func (d *desk) progress(now func() time.Time) func(format string, args ...any) {
	// The clock of this machine is enough for a pause and for a rate. The first line comes after two seconds, too: a
	// short run has none.
	last := now()
	return func(format string, args ...any) {
		at := now()
		if d.json || at.Sub(last) < 2*time.Second {
			return
		}
		last = at
		fmt.Fprintf(d.out, format, args...)
	}
}
