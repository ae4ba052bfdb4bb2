package command

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/operator"
)

// codeLine is a code that was sent, in --json. It has the seconds of the contract, which are 0 in a dry run.
type codeLine struct {
	Channel    string `json:"channel"`
	ExpiresIn  int64  `json:"expires_in"`
	RetryAfter int64  `json:"retry_after"`
}

// userSendCode returns the command that sends a recovery code. It prints neither the code nor the address: only the
// holder may know the code, and the operator finds the address in enroll user show. An operator can also set a password
// by enroll user update, but would then know it.
func (d *desk) userSendCode() *cobra.Command {
	channel := ""
	c := &cobra.Command{Use: "send-code ID", Short: "send the holder a code to reset the password",
		Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		// Mistakes in the arguments need no database.
		id, err := parseID(args[0])
		if err != nil {
			return err
		}
		if channel != "" && channel != "email" && channel != "phone" {
			return errors.New("--channel is email or phone, or left out for the email or else the phone")
		}
		var addresses *address.Addresses
		service, err := d.operators(c.Context(), func(p *Parts) (err error) {
			// The senders and budgets are those of the service, so that a command sends no more than a holder may request.
			addresses, err = d.newAddresses(d.config, d.pool, d.now)
			p.Addresses = addresses
			return err
		})
		if err != nil {
			return err
		}
		// The message is handed over before the command ends. By the admin API, the service does that.
		if addresses != nil {
			defer addresses.Close()
		}
		// A dry run tells only whether the user can get a code: budgets are compared when they are counted.
		act := operator.Act{By: atCommandLine(), User: id, DryRun: d.dry}
		sent, err := service.SendCode(c.Context(), act, operator.Channel(channel))
		if err != nil {
			return onOneLine(err)
		}
		d.sayDry("code")
		line := codeLine{string(sent.Channel), int64(sent.ExpiresIn.Seconds()), int64(sent.RetryAfter.Seconds())}
		return d.print(line, "CHANNEL\tEXPIRES IN\tRETRY AFTER", []any{line.Channel, sent.ExpiresIn, sent.RetryAfter})
	}
	// The default is that of the admin API.
	c.Flags().StringVar(&channel, "channel", "", "email or phone; the email or else the phone if left out")
	_ = c.RegisterFlagCompletionFunc("channel",
		cobra.FixedCompletions([]string{"email", "phone"}, cobra.ShellCompDirectiveNoFileComp))
	d.actFlags(c)
	return c
}
