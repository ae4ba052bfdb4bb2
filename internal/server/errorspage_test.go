package server

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/message"
	"github.com/enroll-project/enroll/internal/wire"
	"github.com/enroll-project/enroll/test/strict"
)

var updatePage = flag.Bool("update", false, "write docs/errors.md instead of comparing it")

// errorsPage is the page on which people look up a reason.
const errorsPage = "../../docs/errors.md"

// TestErrorsPage: docs/errors.md is what renderErrors makes of the contract and the messages. `make docs` writes it.
func TestErrorsPage(t *testing.T) {
	t.Parallel()
	page := renderErrors(t)
	if *updatePage {
		if err := os.WriteFile(errorsPage, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(errorsPage)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written, page) {
		t.Error("docs/errors.md differs from the contract or the messages: run make docs")
	}
}

// advice is what a table of the contract says about a reason.
type advice struct {
	operation, status, todo string
}

// adviceOf reads the tables of all operations, in the order of their ids.
func adviceOf(t *testing.T) map[string][]advice {
	t.Helper()
	by := map[string][]advice{}
	for _, item := range load(t).Paths.Map() {
		for _, op := range item.Operations() {
			for _, row := range tableRow.FindAllStringSubmatch(op.Description, -1) {
				for _, r := range quoted.FindAllStringSubmatch(row[2], -1) {
					by[r[1]] = append(by[r[1]], advice{op.OperationID, row[1], row[3]})
				}
			}
		}
	}
	for _, all := range by {
		slices.SortFunc(all, func(a, b advice) int { return strings.Compare(a.operation, b.operation) })
	}
	return by
}

// renderErrors makes the page. Reasons are in the order of their names, because readers look up a name.
func renderErrors(t *testing.T) []byte {
	t.Helper()
	// The page is in English, for developers. The second language is that of the interface that Enroll implements.
	both, err := locale.New("zh-CN", "zh-CN", "en")
	if err != nil {
		t.Fatal(err)
	}
	languages, err := newLanguages(both)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	page.WriteString(`# What a refusal means

For developers of clients: look up the ` + "`reason`" + ` of an answer. Each section has the HTTP status, the
message in Chinese and English, and what a client does in each operation that answers with it. Some
messages also name a number. A reason that is not here comes from a newer version: use ` + "`code`" + `.

` + "`make docs`" + ` generates this page from [openapi.yaml](../openapi.yaml) and the messages; do not edit
it.
`)
	offering, err := newLanguages(both, variantSMS, variantImage, variantMail, variantNamePhone)
	if err != nil {
		t.Fatal(err)
	}
	tables := adviceOf(t)
	for _, raw := range strict.Known(load(t).Components.Schemas["Reason"].Value) {
		reason := raw.(string)
		fmt.Fprintf(&page, "\n## `%s`\n\n", reason)
		status := StatusOf(reason)
		if status == 0 { // it stands in errors only
			status = StatusOf(string(api.ReasonInvalidRequest))
		}
		fmt.Fprintf(&page, "HTTP %d, `code` %d\n\n", status, wire.Code(status))
		for i, texts := range languages.All() {
			page.WriteString(messagesOf(reason, texts, offering.All()[i], tables[reason]))
		}
		page.WriteString("\nWhat to do:\n\n" + todo(reason, tables[reason]))
	}
	return page.Bytes()
}

// messagesOf lists the texts of a reason in one language: the general one, unless each operation with the reason has
// its own, and then those of single operations. A text that is another one in a deployment that has SMS, images or
// other options (whereOffered) is followed by that variant.
func messagesOf(reason string, plain, offering *message.Texts, tables []advice) string {
	own := map[string][]string{} // operations by their texts, as both kinds of deployment show them
	var listed int
	for _, key := range slices.Sorted(offering.Keys()) {
		if base, operation, found := strings.Cut(key, "."); found && base == reason {
			texts := refusalText(plain, operation, reason) + "\n" + refusalText(offering, operation, reason)
			own[texts] = append(own[texts], "`"+operation+"`")
			listed++
		}
	}
	var list strings.Builder
	add := func(who, texts string) {
		before, variant, _ := strings.Cut(texts, "\n")
		list.WriteString(item(plain.Tag + who + ": " + before))
		if variant != before {
			list.WriteString(item(plain.Tag + who + ", " + whereOffered[reason] + ": " + variant))
		}
	}
	if len(tables) == 0 || listed < len(tables) {
		add("", plain.Of(reason, 0, 0)+"\n"+offering.Of(reason, 0, 0))
	}
	for _, texts := range slices.SortedFunc(maps.Keys(own), func(a, b string) int {
		return slices.Compare(own[a], own[b])
	}) {
		add(", "+strings.Join(own[texts], ", "), texts)
	}
	return list.String()
}

// whereOffered says which deployments give the variant of a reason's message.
var whereOffered = map[string]string{
	"captcha_required": "with images", "captcha_wrong": "with images",
	"email_taken": "where emails can be verified", "login_incomplete": "with SMS", "login_too_many": "with SMS",
	"registration_incomplete": "where people register by user name and by phone",
}

// outside explains when a reason that is in no operation's table is answered.
var outside = map[string]string{
	"not_found":          "There is no such path: compare it with the contract.",
	"method_not_allowed": "The path has other methods, which the header `Allow` lists.",
}

// todo says what to do about a reason. Operations with the same advice share one text.
func todo(reason string, tables []advice) string {
	if len(tables) == 0 {
		if text := outside[reason]; text != "" {
			return item(text)
		}
		return item("It is in `errors` and names one field of a request that does not fit the contract (HTTP 400): " +
			"correct the field.")
	}
	var texts []string
	operations := map[string][]string{}
	for _, a := range tables {
		if operations[a.todo] == nil {
			texts = append(texts, a.todo)
		}
		operations[a.todo] = append(operations[a.todo], "`"+a.operation+"`")
	}
	var list strings.Builder
	for _, text := range texts {
		list.WriteString(item(strings.Join(operations[text], ", ") + ": " + text))
	}
	return list.String()
}

// item is an item of a Markdown list, wrapped at 100 columns.
func item(text string) string {
	lines := []string{"-"}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		if utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) > 100 {
			lines = append(lines, "  "+word)
			continue
		}
		*last += " " + word
	}
	return strings.Join(lines, "\n") + "\n"
}
