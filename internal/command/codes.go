package command

import (
	"fmt"

	"github.com/spf13/cobra"
)

// codesCommand has the commands about the codes of an address. There is one, and others may be added beside it.
func (d *desk) codesCommand() *cobra.Command {
	c := &cobra.Command{Use: "codes", Short: "free an address whose holder gets no more codes"}
	c.AddCommand(d.codesReset())
	grouped(c)
	return c
}

// codesReset returns the command that resets an address. If the budgets of an address are used up, so that its
// holder gets no code, it ends the address's codes and deletes its counts. It does so for all sites, because
// addresses are counted over all of them. Counts of failed logins end within the hour and are not changed.
//
// It needs the secret of the service, because the table names addresses by a keyed hash. With a wrong secret the
// command would find no count, reset nothing and report no error. So it reads the same settings as the service does,
// and prints what it has deleted.
//
// The command does not print the address, because the terminals of operators may be recorded.
func (d *desk) codesReset() *cobra.Command {
	c := &cobra.Command{Use: "reset ADDRESS", Args: cobra.ExactArgs(1),
		Short: "end the codes of a phone or an email and forget its counts, on all sites"}
	c.RunE = func(c *cobra.Command, args []string) error {
		// A reset sends nothing, so it needs no limit. Nothing scrapes a command, so it needs no metric.
		service, err := d.operators(c.Context(), func(p *Parts) (err error) {
			p.Codes, err = NewCodes(d.config, d.pool, d.now)
			return err
		})
		if err != nil {
			return err
		}
		// A mistyped address is refused. The reset and its entry in the audit log are one transaction.
		done, err := service.ResetCodes(c.Context(), atCommandLine(), args[0], d.dry)
		if err != nil {
			return err
		}
		// Both counts are printed even if they are 0: that shows a wrong secret, and an address that needs no reset.
		d.sayDry("reset")
		if !d.dry && !d.json {
			fmt.Fprintln(d.out, "codes and counts of the address are reset, on all sites:")
		}
		return d.print(map[string]int64{"codes": done.Codes, "counts": done.Counts}, "CODES\tCOUNTS",
			[]any{done.Codes, done.Counts})
	}
	d.actFlags(c)
	return c
}
