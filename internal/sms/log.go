package sms

import (
	"context"
	"log/slog"
)

// Log writes each message and its phone to a log, so that a developer can use codes
// without a phone network. Every reader of the log can use them as well. So Log is for
// development only: `enroll serve` refuses ENROLL_SMS=log without --dev.
type Log struct{ logger *slog.Logger }

// NewLog returns a Log that writes to logger at level Info.
func NewLog(logger *slog.Logger) *Log { return &Log{logger} }

// Send writes one line for a code or a notice. It always returns nil.
func (l *Log) Send(ctx context.Context, m Message) error {
	// The line of a notice has words of its own, so that a developer does not look for a code in
	// it. It has no expires_in, because only codes expire.
	if m.Code == "" {
		l.logger.InfoContext(ctx, "notice, shown because the SMS sender is the log",
			"phone", m.Phone, "purpose", m.Purpose, "locale", m.Locale, "site_id", m.SiteID)
		return nil
	}
	// A developer reads here which of the two would have come.
	what := "SMS code, shown because the SMS sender is the log"
	if m.Voice {
		what = "spoken code, shown because the sender of calls is the log"
	}
	l.logger.InfoContext(ctx, what, "phone", m.Phone, "code", m.Code, "purpose", m.Purpose,
		"expires_in", m.ExpiresIn, "locale", m.Locale, "site_id", m.SiteID)
	return nil
}
