package wording

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
)

// Template is one file: text with variables.
type Template struct {
	// File is the name of the file in the folder, such as en/sms-code.txt.
	File string
	// HTML is the same mail in HTML, or nil. Only a text of a mail has one.
	HTML  *Template
	html  bool
	parts []part
}

// part is text, or a variable and its line in the file.
type part struct {
	text, variable string
	line           int
}

// A name in braces is a variable. In HTML other braces belong to style sheets. The blanks are there to refuse
// { code }, which would otherwise be sent as it is.
var (
	inBraces = regexp.MustCompile(`\{[ \t]*([A-Za-z_-]+)[ \t]*\}`)
	braces   = regexp.MustCompile(`[{}]`)
	// Go's templates, and those of many other programs, have two braces. Style sheets end a nested rule with two.
	doubled = regexp.MustCompile(`\{\{`)
)

// parse returns a template. Errors have the line of the file, of which skipped lines are before the text, and at most a
// name in braces of the text.
func parse(file, text string, skipped int, isHTML bool, allowed []string) (*Template, []error) {
	t := &Template{File: file, html: isHTML}
	var errs []error
	refuse := func(at int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s:%d: %s", file, skipped+lineAt(text, at), fmt.Sprintf(format, args...)))
	}
	// What is left between the variables may have no brace in a text: it is probably a variable that was not meant so.
	rest := braces
	if isHTML {
		rest = doubled
	}
	// The second brace of a pair says nothing new.
	from, told := 0, false
	// The last entry is the end of the text, so that what follows the last variable is treated alike.
	for _, at := range append(inBraces.FindAllStringSubmatchIndex(text, -1), []int{len(text), len(text), 0, 0}) {
		between := text[from:at[0]]
		if other := rest.FindStringIndex(between); other != nil && !told { // check: template-braces
			told = true
			refuse(from+other[0], "a brace that belongs to no variable; write a variable as {name}")
		}
		t.parts = append(t.parts, part{text: between})
		if at[0] < len(text) {
			name := text[at[2]:at[3]]
			whole := text[at[0]:at[1]]
			// The braces around it would be sent with the value.
			if isHTML && (strings.HasSuffix(between, "{") || strings.HasPrefix(text[at[1]:], "}")) { // check: template-pairs
				refuse(at[0], "%.40s has a further brace; write a variable as {name}", whole)
			}
			if whole != "{"+name+"}" || !slices.Contains(allowed, name) { // check: template-variable
				refuse(at[0], "%.40s is not a variable here; those of this file are {%s}", whole, strings.Join(allowed, "}, {"))
			}
			t.parts = append(t.parts, part{variable: name, line: skipped + lineAt(text, at[0])})
		}
		from = at[1]
	}
	return t, errs
}

// lineAt returns the number of the line that has the byte at an index, from 1.
func lineAt(text string, at int) int { return strings.Count(text[:at], "\n") + 1 }

// Fill returns the text with the values of its variables, which are escaped in HTML.
func (t *Template) Fill(v Values) string {
	// Values hold no braces that are read again: a name with {code} in it stays as it is.
	var out strings.Builder
	for _, p := range t.parts {
		out.WriteString(p.text)
		value := v.of(p.variable)
		// The package html/template is not used: it removes comments, by which mails address old programs.
		if t.html { // check: template-escape
			value = html.EscapeString(value)
		}
		out.WriteString(value)
	}
	return out.String()
}

// uses returns the line of the first use of a variable, or 0.
func (t *Template) uses(variable string) int {
	// Text has no variable, so its line of 0 is never returned.
	for _, p := range t.parts {
		if p.variable == variable {
			return p.line
		}
	}
	return 0
}
