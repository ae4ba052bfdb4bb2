package sms

import (
	"context"
	"log/slog"
)

// Log writes each message and its phone to a log, so that a developer can register
// without a phone network. With it, every reader of the log can register with
// any phone. It is for development only: `enroll serve` refuses ENROLL_SMS=log
// without --dev.
type Log struct{ logger *slog.Logger }

// NewLog returns a Log that writes to logger at level Info.
func NewLog(logger *slog.Logger) *Log { return &Log{logger} }

// Send writes one line. It always returns nil.
func (l *Log) Send(ctx context.Context, m Message) error {
	l.logger.InfoContext(ctx, "SMS code, shown because the SMS sender is the log",
		"phone", m.Phone, "code", m.Code, "purpose", m.Purpose,
		"expires_in", m.ExpiresIn, "locale", m.Locale, "site_id", m.SiteID)
	return nil
}
