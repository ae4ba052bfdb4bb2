package command

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/smscount"
)

// smsCommand has the commands about SMS. There is one, and others may be added beside it.
func (d *desk) smsCommand() *cobra.Command {
	c := &cobra.Command{Use: "sms", Short: "read what SMS were sent and what they cost"}
	c.AddCommand(d.smsReport())
	grouped(c)
	return c
}

// country matches what the counts have as a country. ZZ, for phones of no known country, is among the codes that ISO
// 3166-1 leaves to its users.
var country = regexp.MustCompile(`^([A-Z]{2}|001)$`)

// smsReport returns the command that prints what was sent. It has no phone and no user, so reading it leaves no entry
// in the audit log.
func (d *desk) smsReport() *cobra.Command {
	// The default of a week shows a day that differs from the others, and the same day of the week before.
	f := smscount.Filter{}
	c := &cobra.Command{Use: "report", Short: "print codes, messages and their cost by country, and the budgets of money",
		Args: NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		// A mistyped filter would print an empty report, which looks like a week without messages. So what no count can
		// have is refused, before the database is opened. People type countries in small letters, too.
		f.Country = strings.ToUpper(f.Country)
		switch {
		case f.Days < 1 || f.Days > smscount.MaxDays:
			return fmt.Errorf("--days is 1 to %d", smscount.MaxDays)
		case f.Country != "" && !country.MatchString(f.Country):
			return fmt.Errorf("--country is an ISO 3166-1 code such as CN, ZZ for unknown ones, or 001 for phones of none")
		case f.Sender != "" && !slices.Contains(settings.PricedSenders(), f.Sender):
			return fmt.Errorf("--sender is one of %s", strings.Join(settings.PricedSenders(), ", "))
		}
		if err := d.open(c.Context()); err != nil {
			return err
		}
		// The counts of messages need no setting. Those of codes are read with the budgets, whose windows have no names
		// in the database but their keys.
		codes, err := d.codesWithMoney()
		if err != nil {
			return err
		}
		// Nothing is written, so a replica that reads from a standby could print it as well.
		r, err := smscount.New(d.pool, d.now).Report(c.Context(), codes, f)
		if err != nil {
			return err
		}
		// Both forms have the same numbers.
		if d.json {
			return d.print(smsReportOf(r), "")
		}
		return d.printSMS(r, f)
	}
	c.Flags().IntVar(&f.Days, "days", 7, fmt.Sprintf("days with today (UTC), up to %d", smscount.MaxDays))
	c.Flags().StringVar(&f.Country, "country", "", "only phones of this country, such as CN")
	c.Flags().StringVar(&f.Sender, "sender", "", "only messages of this sender, such as aliyun; codes are left out")
	_ = c.RegisterFlagCompletionFunc("sender",
		cobra.FixedCompletions(settings.PricedSenders(), cobra.ShellCompDirectiveNoFileComp))
	c.Flags().BoolVar(&f.Daily, "daily", false, "a line for each day")
	return c
}

// codesWithMoney returns a service of codes with the budgets of money that are set, to read their windows. It sends
// nothing, so its alarms are never raised.
func (d *desk) codesWithMoney() (*code.Service, error) {
	secret, err := d.config.SecretBytes()
	if err != nil {
		return nil, err
	}
	// The file of prices names the currency, which is a part of the keys of the budgets.
	money, err := d.newMoney(d.config, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		return nil, err
	}
	return code.New(code.Config{
		Pool: d.pool, Secret: secret, Limits: code.Limits{Money: money}, Now: d.now, Rand: rand.Reader,
		Metrics: prometheus.NewRegistry(),
	})
}

// line is an object of the report in --json. Its members have the names of the columns, in full. Amounts are texts,
// because many programs read a number as one with a binary fraction, and would round it.
type line map[string]any

// smsReportOf returns a report as programs read it. Its lists are empty and not null, so that a program can go through
// them without a check.
func smsReportOf(r smscount.Report) line {
	codes, messages, receipts, costs, windows := []line{}, []line{}, []line{}, []line{}, []line{}
	// A line for several days has an empty day. The report says which days they are.
	for _, c := range r.Codes {
		codes = append(codes, line{
			"day": dayCell(c.Day), "country": c.Country, "codes": c.Codes, "used": c.Used, "refused": c.Refused,
		})
	}
	// unknown is the word of the metric enroll_sms_total for messages that may arrive.
	for _, m := range r.Messages {
		messages = append(messages, line{
			"day": dayCell(m.Day), "country": m.Country, "sender": m.Sender, "sent": m.Sent, "unknown": m.Unsure,
			"failed": m.Failed, "currency": m.Currency, "cost": m.Cost.String(),
		})
	}
	// The names of the results are those of the metric enroll_sms_receipts_total.
	for _, d := range r.Receipts {
		receipts = append(receipts, line{
			"day": dayCell(d.Day), "country": d.Country, "sender": d.Sender, "sent": r.Sent(d), "delivered": d.Delivered,
			"recipient_failed": d.RecipientFailed, "failed": d.NotDelivered, "unknown": d.Unknown,
		})
	}
	// There is more than one currency if the file of prices was changed within these days.
	for _, c := range r.Costs {
		costs = append(costs, line{"currency": c.Currency, "cost": c.Amount.String()})
	}
	// ends is in seconds since 1970, as all times of --json; 0 if nothing was spent, because the window begins with its
	// first SMS.
	for _, w := range r.Windows {
		ends := int64(0)
		if !w.Ends.IsZero() {
			ends = w.Ends.Unix()
		}
		windows = append(windows, line{
			"window": w.Budget.Name(), "currency": w.Currency, "spent": w.Spent.String(), "limit": w.Budget.Limit.String(),
			"state": w.State, "ends": ends,
		})
	}
	return line{
		"from": dayCell(r.From), "until": dayCell(r.Until),
		"codes": codes, "messages": messages, "receipts": receipts, "costs": costs, "windows": windows,
	}
}

// dayCell returns a day in the form of ISO 8601, "" for none. It is that of UTC, by which days are counted.
func dayCell(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}

// printSMS prints a report as tables, and leaves those out that have no line. Columns are as wide as the cells of their
// own table.
func (d *desk) printSMS(r smscount.Report, f smscount.Filter) error {
	// The days are printed first, because they are those of UTC: a report of one day may begin yesterday for its reader.
	fmt.Fprintf(d.out, "%s to %s (UTC)\n", dayCell(r.From), dayCell(r.Until))
	var codes, messages, receipts, costs, windows [][]any
	head := ""
	// With --daily each row of codes and messages begins with its day.
	dated := func(day time.Time, row ...any) []any { return row }
	// The day is the first column, as the time is in other lists.
	if f.Daily {
		head = "DAY\t"
		dated = func(day time.Time, row ...any) []any { return append([]any{dayCell(day)}, row...) }
	}
	for _, c := range r.Codes {
		codes = append(codes, dated(c.Day, c.Country, c.Codes, c.Used, share(c.Used, c.Codes), c.Refused))
	}
	// Without prices the cost is 0.00 of no currency.
	for _, m := range r.Messages {
		messages = append(messages, dated(m.Day, m.Country, m.Sender, m.Sent, m.Unsure, m.Failed, m.Cost, orDash(m.Currency)))
	}
	// The share is of the messages that the sender has taken: those that may arrive may get a receipt, too, or none.
	// A deployment without receipts has no such table, and not one that says that nothing was delivered.
	for _, d := range r.Receipts {
		sent := r.Sent(d)
		receipts = append(receipts, dated(d.Day, d.Country, d.Sender, sent, d.Delivered, share(d.Delivered, sent),
			d.RecipientFailed, d.NotDelivered, d.Unknown))
	}
	// Sums are of what is printed above them, so a filter applies to them.
	for _, c := range r.Costs {
		costs = append(costs, []any{c.Amount, c.Currency})
	}
	// All windows are printed, also with a filter: a budget is for all countries and senders together.
	for _, w := range r.Windows {
		windows = append(windows, []any{w.Budget.Name(), w.Spent, w.Budget.Limit, w.Currency, w.State, timeCell(&w.Ends)})
	}
	for _, table := range []struct {
		head string
		rows [][]any
	}{
		{head + "COUNTRY\tCODES\tUSED\tSHARE\tREFUSED", codes},
		{head + "COUNTRY\tSENDER\tSENT\tUNKNOWN\tFAILED\tCOST\tCURRENCY", messages},
		{head + "COUNTRY\tSENDER\tSENT\tDELIVERED\tSHARE\tRECIPIENT\tFAILED\tUNKNOWN", receipts},
		{"COST\tCURRENCY", costs},
		{"WINDOW\tSPENT\tLIMIT\tCURRENCY\tSTATE\tENDS", windows},
	} {
		// A deployment without prices has no costs, and one without a budget no windows.
		if len(table.rows) == 0 {
			continue
		}
		// An empty line separates the tables, so that awk can read one of them as a paragraph.
		fmt.Fprintln(d.out)
		if err := d.print(nil, table.head, table.rows...); err != nil {
			return err
		}
	}
	return nil
}

// share returns how much a part is of a whole, in percent. It is rounded down: 19 % is below the fifth from which on a
// country counts as used, and so is 19.9 %. What was sent before these days and used or delivered in them can make it
// more than 100 %.
func share(part, whole int64) string {
	// A share of nothing is unknown, and neither 0 % nor 100 %.
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", part*100/whole)
}
