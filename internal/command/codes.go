package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/settings"
)

// errCodesUsage says how to call `enroll codes`. It has one subcommand; the word reset leaves
// room for others.
var errCodesUsage = errors.New("codes reset takes one phone or email: enroll codes reset ADDRESS")

// Codes is the command `enroll codes`. If the budgets of an address are used up, so that its
// holder gets no code, `enroll codes reset` ends the address's codes and deletes its counts.
// It does so for all sites, because addresses are counted over all of them. Counts of failed
// logins end within the hour and are not changed.
//
// It needs the database and the secret of the service, because the table names addresses by a
// keyed hash. With a wrong secret the command would find no count, reset nothing and report no
// error. So it reads the same settings as the service does.
//
// The command does not print the address, because the terminals of operators may be recorded.
func Codes(ctx context.Context, args, environ []string, out io.Writer) error {
	if len(args) != 2 || args[0] != "reset" {
		return errCodesUsage
	}
	c, err := settings.Read(false, environ)
	if err != nil {
		return err
	}
	if c.DatabaseURL == "" {
		return errors.New("ENROLL_DATABASE_URL is not set: give the URL of a PostgreSQL database")
	}
	// The address is checked before the database is used: for a mistyped address the command must
	// not report success.
	if _, err := addressOf(c, args[1]); err != nil {
		return err
	}
	// One connection is enough, because a reset is one transaction. RequireFit is not set, so a database that
	// may lose commits is accepted: a reset that is lost can be repeated.
	pool, err := postgres.Open(ctx, postgres.Config{URL: c.DatabaseURL, MaxConns: 1, ApplicationName: "enroll codes"})
	if err != nil {
		return fmt.Errorf("ENROLL_DATABASE_URL: %w", err)
	}
	defer pool.Close()
	// A reset sends nothing, so it needs no limit. Nothing scrapes a command, so it needs no metric.
	service, err := NewCodes(c, pool, time.Now)
	if err != nil {
		return err
	}
	operators, err := NewOperator(c, pool, service, nil, time.Now)
	if err != nil {
		return err
	}
	// The reset and its entry in the audit log are one transaction.
	if err := operators.ResetCodes(ctx, atCommandLine(), args[1]); err != nil {
		return fmt.Errorf("codes reset: %w", err)
	}
	_, err = fmt.Fprintln(out, "codes and counts of the address are reset, on all sites")
	return err
}

// addressOf returns the canonical form of a phone or an email, under which codes are stored. It
// accepts a phone of a country that is no longer served, because its holder may still log in.
// The error does not repeat what was typed.
func addressOf(c settings.Config, typed string) (string, error) {
	if strings.Contains(typed, "@") {
		email, err := identifier.ParseEmail(typed)
		if err != nil {
			return "", errors.New("codes reset: this is no email")
		}
		return email.Key, nil
	}
	rules, err := identifier.NewPhoneRules(c.PhoneRegion, nil)
	if err != nil {
		return "", fmt.Errorf("ENROLL_PHONE_REGION: %w", err)
	}
	phone, err := rules.Parse(typed)
	if err != nil {
		return "", errors.New("codes reset: this is neither a mobile phone nor an email")
	}
	return phone.E164, nil
}
