package admin

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/enroll-project/enroll/internal/message"
)

// messages has one file for each language. A file has one text for each reason, and "ok" for a success. The texts
// are shorter than those of the public API, because operators read them in a tool of their
// own.
//
//go:embed message/*.json
var messages embed.FS

// loadMessages returns the messages. locale is the language for a request that accepts no other.
func loadMessages(locale string) (*message.Languages, error) {
	files, err := fs.Sub(messages, "message")
	if err != nil {
		return nil, err
	}
	// There are no variants: the words of this API are the same in every deployment.
	l, err := message.Load(files, locale)
	if err != nil {
		return nil, fmt.Errorf("admin: messages: %w", err)
	}
	return l, nil
}
