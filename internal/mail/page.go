package mail

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/enroll-project/enroll/internal/locale"
)

//go:embed page/mail.html
var pageFiles embed.FS

// page is a mail in HTML. It has no picture, no link and nothing from elsewhere: a mail program loads nothing, so
// neither the operator nor a third party learns when a mail is read. Its colors follow the reader's light or dark
// scheme. The style stands in the head; a program that removes it shows plain paragraphs.
var page = template.Must(template.ParseFS(pageFiles, "page/mail.html"))

// paragraph is a code alone, or lines of text.
type paragraph struct {
	Code  string
	Lines []string
}

// pageOf returns a letter's text as HTML. It is made from the text, so that the two cannot say different things. A
// paragraph that is the code alone is shown large.
func pageOf(tag string, l Letter, code string) (string, error) {
	var paragraphs []paragraph
	for text := range strings.SplitSeq(l.Text, "\n\n") {
		text = strings.TrimSpace(text)
		switch {
		case text == "":
		case text == code:
			paragraphs = append(paragraphs, paragraph{Code: code})
		default:
			paragraphs = append(paragraphs, paragraph{Lines: strings.Split(text, "\n")})
		}
	}
	var out bytes.Buffer
	err := page.Execute(&out, struct {
		Lang, Direction, Subject string
		Paragraphs               []paragraph
	}{tag, locale.Direction(tag), l.Subject, paragraphs})
	if err != nil {
		return "", fmt.Errorf("mail: HTML: %w", err)
	}
	return out.String(), nil
}
