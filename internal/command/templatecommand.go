package command

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/wording"
)

// shownMessage is a message in --json. Its members are never removed or renamed, because scripts read them.
// A mail has no characters and segments, and an SMS no subject and HTML. Texts have no phone, no address and no code
// of a person: they are made from samples.
type shownMessage struct {
	Name       string `json:"name"`
	Locale     string `json:"locale"`
	Site       int64  `json:"site_id"`
	File       string `json:"file"` // "" if the text is built in
	Subject    string `json:"subject"`
	Text       string `json:"text"`
	HTML       string `json:"html"`
	Characters int    `json:"characters"`
	Segments   int    `json:"segments"`
}

// templateCommand has the commands about the words of messages. They change nothing, because the files are the
// operator's: an editor and a version control do that better.
func (d *desk) templateCommand() *cobra.Command {
	c := &cobra.Command{Use: "template", Short: "show the words of SMS and mails"}
	c.AddCommand(d.templateShow())
	// A word that names no command is an error.
	grouped(c)
	return c
}

// templateShow returns the command that shows messages as a person would get them, with a sample code. It needs no
// database, and reads all files with the checks of the start. So a pipeline can run it before the files are used, and a
// translator can read a message without an account that it would be sent to.
func (d *desk) templateShow() *cobra.Command {
	locale, site := "", int64(0)
	c := &cobra.Command{Use: "show [NAME]", Args: cobra.MaximumNArgs(1),
		Short: "show the messages of a language and a site, or one of them, with a sample code"}
	c.RunE = func(_ *cobra.Command, args []string) (err error) {
		// The settings are those of the service, so that a mistake in another setting shows here as well.
		if d.config, err = settings.Read(false, d.environ); err != nil {
			return err
		}
		// A language or a site without messages would be shown in another language, or with the words of all sites.
		if locale == "" {
			locale = d.config.Locale
		}
		if tags := d.config.Languages.Tags(); !slices.Contains(tags, locale) {
			return fmt.Errorf("--locale is one of %s (ENROLL_LOCALES)", strings.Join(tags, ", "))
		}
		// 0 is the site of no deployment.
		if site == 0 {
			site = d.config.Sites[0]
		}
		if err := d.served(site); err != nil {
			return err
		}
		// All files are checked, also those of other languages and sites.
		words, err := NewWords(d.config)
		if err != nil {
			return err
		}
		// Without a name the order is that of the alphabet, which has mails before SMS.
		names := wording.Names()
		if len(args) > 0 {
			// A mistyped name is cut in the error, because it may be anything.
			if !slices.Contains(names, args[0]) {
				return fmt.Errorf("there is no message %.40q; there are %s", args[0], strings.Join(names, ", "))
			}
			names = args
		}
		return d.showMessages(words, names, locale, site)
	}
	// Both defaults are what a request without a header gets.
	c.Flags().StringVar(&locale, "locale", "", "language of the messages, ENROLL_LOCALE if not given")
	c.Flags().Int64Var(&site, "site", 0, "site of the messages, the first one of ENROLL_SITES if not given")
	c.ValidArgsFunction = cobra.FixedCompletions(wording.Names(), cobra.ShellCompDirectiveNoFileComp)
	return c
}

// showMessages prints messages. The HTML of a mail is in --json only: a terminal cannot show it.
func (d *desk) showMessages(words *wording.Words, names []string, locale string, site int64) error {
	texts := NewTexts(d.config, words)
	// Without a name the built-in text of an SMS cannot be sent, and would begin with a colon.
	if texts.Name == "" {
		texts.Name = "Example"
	}
	// A mail without a name begins with no bracket, so it needs no other.
	letters := mail.Letters{Name: mail.SenderName(d.config.SMTPURL, d.config.MailFrom), Words: words}
	// All messages are filled before one is printed, so that an error stands alone.
	var all []shownMessage
	for _, name := range names {
		shown := shownMessage{Name: name, Locale: locale, Site: site}
		if err := shown.fill(texts, letters); err != nil {
			return err
		}
		all = append(all, shown)
	}
	// A list also for one message, so that a program reads one form.
	if d.json {
		return d.print(all, "")
	}
	// The print has no colors and no width of the terminal: a diff of two prints shows what a change of a file does.
	// People read this, so a text keeps its lines, and the line before it says where the text is from.
	for _, m := range all {
		about := m.File
		if about == "" {
			about = "built in"
		}
		if m.Segments > 0 {
			about += fmt.Sprintf(", %d characters, %d SMS", m.Characters, m.Segments)
		}
		// Only mails have a subject. The text of a mail ends with a newline, which the blank line below replaces.
		if m.Subject != "" {
			m.Text = "Subject: " + m.Subject + "\n\n" + strings.TrimSpace(m.Text)
		}
		if _, err := fmt.Fprintf(d.out, "== %s (%s)\n%s\n\n", m.Name, about, m.Text); err != nil {
			return err
		}
	}
	return nil
}

// fill writes the message, as a sender would for a request now.
func (s *shownMessage) fill(texts sms.Texts, letters mail.Letters) (err error) {
	// The general messages have the purposes code and notice, which no request has: so the general words apply.
	channel, purpose, _ := strings.Cut(s.Name, "-")
	// Purposes have underscores where names of files have hyphens.
	purpose = strings.ReplaceAll(purpose, "-", "_")
	// No sender of a provider is made: it would need keys, which a translator does not have. A time
	// that is the same in each run, so that two prints can be compared.
	at := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	shown := ""
	if wording.HasCode(s.Name) {
		shown = sampleCode
	}
	// A call has no lines for programs, and its length is not counted in SMS.
	if wording.IsSpoken(s.Name) {
		m := sms.Message{Code: shown, Purpose: purpose, Locale: s.Locale, SiteID: s.Site, Voice: true}
		s.File = texts.Source(m)
		s.Text, err = texts.Spoken(m)
		return err
	}
	// The length counts the lines for programs, which the operator pays for, too.
	if channel == "sms" {
		m := sms.Message{Code: shown, Purpose: purpose, ExpiresIn: code.Life, Locale: s.Locale, SiteID: s.Site}
		if s.Text, err = texts.Of(m); err != nil {
			return err
		}
		s.File = texts.Source(m)
		s.Characters, s.Segments = wording.Segments(s.Text)
		return nil
	}
	m := mail.Message{Code: shown, Purpose: purpose, ExpiresIn: code.Life, Locale: s.Locale, SiteID: s.Site, At: at}
	// What a notice says about a deletion follows its times.
	switch purpose {
	case "deleted":
		m.Purpose, m.Until = mail.DeletionRequested, at
	case mail.DeletionRequested:
		m.Until = at.Add(30 * 24 * time.Hour)
	}
	// The clock stands at the time of the change, so a deletion is due only if it was at once.
	letter, err := letters.Of(m, at)
	if err != nil {
		return err
	}
	s.Subject, s.Text, s.HTML = letter.Subject, letter.Text, letter.HTML
	s.File = letters.Source(m, at)
	return nil
}
