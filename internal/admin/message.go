package admin

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/enroll-project/enroll/internal/message"
)

// messages has one file for each language, with a text for each reason, and "ok" for a success. The readers are
// operators in a tool of their own. So the texts are shorter than those of the public API, and each reason has
// one.
//
//go:embed message/*.json
var messages embed.FS

// loadMessages returns the messages, and those of locale where a request accepts no other language.
func loadMessages(locale string) (*message.Languages, error) {
	files, err := fs.Sub(messages, "message")
	if err != nil {
		return nil, err
	}
	// Without variants: the words of this API are the same in every deployment.
	l, err := message.Load(files, locale)
	if err != nil {
		return nil, fmt.Errorf("admin: messages: %w", err)
	}
	return l, nil
}
