package wording

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/enroll-project/enroll/internal/locale"
)

// The endings of the files of a message, for [Words.Find].
const (
	EndText    = ".txt"
	EndSubject = ".subject.txt"
	EndHTML    = ".html"
	endIDs     = ".ids"
)

// Bounds are what files are checked against.
type Bounds struct {
	// Sites are the sites of the deployment: a folder for another one is refused.
	Sites []int64
	// Locale is the deployment's own language, one of [locale.All], or "". Its ids of templates count for languages that
	// have none.
	Locale string
	// SMSName and MailName are the values of {name}. If one is empty, its messages cannot have that variable.
	SMSName, MailName string
	// Code is a code of the greatest length, and Minutes for how long one is valid.
	Code, Minutes string
	// CodeLines is what follows the text of each SMS with a code.
	CodeLines string
	// Retrieved says that CodeLines has the hash of an Android app, which gets no longer SMS than [MaxRetrieved].
	Retrieved bool
	// NoticesAbroad are the senders whose settings have a template for notices abroad, in any language.
	NoticesAbroad []string
}

// maxFile bounds a file, in bytes. Many mail programs cut a mail of more than about 100 KiB.
const maxFile = 64 << 10

// Load reads a folder. It reports all mistakes at once, each with the file and the line: what is no file of a message,
// a language or a site that has no messages, an unknown variable, a code that is missing, an SMS of more than
// [MaxSegments] or, for an Android app, of more than [MaxRetrieved] bytes, a subject of two lines or with the code, and
// HTML without its text.
func Load(files fs.FS, b Bounds) (*Words, error) {
	l := &loader{files: files, bounds: b,
		words: &Words{files: map[at]map[string]*Template{}, ids: map[at]map[string]string{}, own: b.Locale}}
	// The levels are walked one by one and not by fs.WalkDir, which does not follow the links of a mounted ConfigMap.
	for _, name := range l.list(".", true) {
		site, isSite := strings.CutPrefix(name, "site-")
		if !isSite {
			l.folder(at{0, name}, name)
			continue
		}
		// The number is written again, so that one site has one folder and not site-2 and site-02.
		id, err := strconv.ParseInt(site, 10, 64)
		if err != nil || "site-"+strconv.FormatInt(id, 10) != name || !slices.Contains(b.Sites, id) { // check: template-sites
			l.refuse(name, 0, "ENROLL_SITES has no such site")
			continue
		}
		for _, tag := range l.list(name, true) {
			l.folder(at{id, tag}, path.Join(name, tag))
		}
	}
	if err := errors.Join(l.errs...); err != nil {
		return nil, err
	}
	// An empty folder is probably the wrong one.
	if len(l.words.files)+len(l.words.ids) == 0 {
		return nil, errors.New("the folder has no files for a language, such as en/sms-code.txt")
	}
	return l.words, nil
}

// loader is one call of [Load].
type loader struct {
	files  fs.FS
	bounds Bounds
	words  *Words
	errs   []error
}

// refuse adds a mistake. line is 0 if it is about the file as a whole.
func (l *loader) refuse(file string, line int, format string, args ...any) {
	if line > 0 {
		file += ":" + strconv.Itoa(line)
	}
	l.errs = append(l.errs, fmt.Errorf("%s: %s", file, fmt.Sprintf(format, args...)))
}

// list returns what is in a folder, and refuses what is a file where folders belong, or the other way round. A name
// that begins with a dot is left out: editors and Kubernetes have such files.
func (l *loader) list(folder string, folders bool) (names []string) {
	entries, err := fs.ReadDir(l.files, folder)
	if err != nil {
		l.refuse(folder, 0, "%v", cause(err))
	}
	// ReadDir sorts by name, so the errors have the same order in each run.
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		// A mounted ConfigMap has links, which Stat follows.
		name := path.Join(folder, e.Name())
		switch info, err := fs.Stat(l.files, name); {
		case err != nil:
			l.refuse(name, 0, "%v", cause(err))
		case info.IsDir() != folders && folders:
			l.refuse(name, 0, "here are folders for languages and sites only")
		case info.IsDir() != folders:
			l.refuse(name, 0, "a folder cannot be here")
		case !folders && info.Size() > maxFile:
			l.refuse(name, 0, "the file has more than %d bytes", maxFile)
		default:
			names = append(names, e.Name())
		}
	}
	return names
}

// cause returns an error of package os without the name of the folder, which is a setting.
func cause(err error) error {
	// What is left is such as "no such file or directory".
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// folder reads the files of one language. A language that the deployment does not use is checked, too: several
// deployments may share a folder.
func (l *loader) folder(f at, name string) {
	if !slices.Contains(locale.All(), f.locale) { // check: template-locale
		l.refuse(name, 0, "messages have no such language; there are %s", strings.Join(locale.All(), ", "))
		return
	}
	for _, base := range l.list(name, false) {
		file := path.Join(name, base)
		text, err := fs.ReadFile(l.files, file)
		if err != nil {
			l.refuse(file, 0, "%v", cause(err))
			continue
		}
		// The name of the file is that of the sender in ENROLL_SMS.
		if sender, ok := strings.CutSuffix(base, endIDs); ok {
			l.readIDs(f, file, sender, string(text))
			continue
		}
		l.message(f, file, base, string(text))
	}
	// All files of the folder have been read. The order of the names makes that of the errors the same in each run.
	for _, base := range slices.Sorted(maps.Keys(l.words.files[f])) {
		t := l.words.files[f][base]
		message, isHTML := strings.CutSuffix(base, EndHTML)
		if !isHTML {
			continue
		}
		twin := l.words.files[f][message+EndText]
		if twin == nil { // check: template-twin
			l.refuse(t.File, 0, "a mail in HTML needs its text, in %s", message+EndText)
			continue
		}
		twin.HTML = t
	}
}

// message reads one file of a message.
func (l *loader) message(f at, file, base, text string) {
	message, ending := split(base)
	allowed, known := variables[message]
	if !known || (isSMS(message) || IsSpoken(message)) && ending != EndText { // check: template-known
		l.refuse(file, 0, "no message has this file; enroll template show lists the names")
		return
	}
	// Editors end a file with a newline, which is no part of a message. Lines that are left out at its beginning count
	// in the errors.
	whole := strings.TrimRightFunc(strings.ReplaceAll(text, "\r\n", "\n"), unicode.IsSpace)
	text = strings.TrimSpace(whole)
	skipped := strings.Count(whole, "\n") - strings.Count(text, "\n")
	// An empty file is probably one that was not saved. The built-in words apply without a file.
	if text == "" {
		l.refuse(file, 0, "the file is empty")
		return
	}
	// The line of a bad byte is found this way: an editor shows lines and not bytes.
	for n, line := range strings.Split(text, "\n") {
		if !utf8.ValidString(line) || strings.ContainsFunc(line, notInText) {
			l.refuse(file, skipped+n+1, "the line has a control character, or is not UTF-8")
			return
		}
	}
	if ending == EndSubject {
		// Subjects are shown on locked screens and are in the logs of mail servers.
		allowed = slices.DeleteFunc(slices.Clone(allowed), func(v string) bool { return v == varCode }) // check: subject-code
	}
	// A template with mistakes is kept, so that HTML beside it is not said to lack its text.
	t, errs := parse(file, text, skipped, ending == EndHTML, allowed)
	l.errs = append(l.errs, errs...)
	if len(errs) == 0 {
		l.check(t, message, ending, text, skipped)
	}
	if l.words.files[f] == nil {
		l.words.files[f] = map[string]*Template{}
	}
	l.words.files[f][base] = t
}

// check refuses a template that can be filled, but not sent.
func (l *loader) check(t *Template, message, ending, text string, skipped int) {
	// The two channels have names of their own, because SMS have room for a short one only.
	name := l.bounds.MailName
	if isSMS(message) || IsSpoken(message) {
		name = l.bounds.SMSName
	}
	if line := t.uses(varName); line > 0 && name == "" { // check: template-name
		l.refuse(t.File, line, "{name} has no value: set ENROLL_SMS_NAME for an SMS, or a name in ENROLL_MAIL_FROM for a "+
			"mail")
	}
	if line := strings.Index(text, "\n"); ending == EndSubject && line >= 0 { // check: subject-lines
		l.refuse(t.File, skipped+2, "a subject has one line")
	}
	if HasCode(message) && ending != EndSubject && t.uses(varCode) == 0 { // check: template-code
		l.refuse(t.File, skipped+strings.Count(text, "\n")+1, "{code} is missing")
	}
	if n := utf8.RuneCountInString(text); IsSpoken(message) && n > MaxSpoken { // check: voice-length
		l.refuse(t.File, 0, "the text has %d characters, more than %d, and a call would be too long", n, MaxSpoken)
	}
	if !isSMS(message) {
		return
	}
	// A code of the same length gives the same length. A provider may add a signature, which only the operator knows.
	full := t.Fill(Values{Name: name, Code: l.bounds.Code, Minutes: l.bounds.Minutes})
	if HasCode(message) { // check: template-lines
		full += l.bounds.CodeLines
	}
	if units, n := Segments(full); n > MaxSegments { // check: template-length
		l.refuse(t.File, skipped+strings.Count(text, "\n")+1, "with its longest code the text has %d characters and "+
			"needs %d SMS, more than %d", units, n, MaxSegments)
	} else if n := Bytes(full); HasCode(message) && l.bounds.Retrieved && n > MaxRetrieved { // check: template-retrieved
		l.refuse(t.File, skipped+strings.Count(text, "\n")+1, "with its code and the line of ENROLL_SMS_ANDROID_HASH the "+
			"text has %d bytes, and Android hands %d at most to an app", n, MaxRetrieved)
	}
}

// split returns the message and the ending of a file's name.
func split(base string) (message, ending string) {
	// The longer ending comes first: a subject ends with .txt, too.
	for _, ending := range []string{EndSubject, EndText, EndHTML} {
		if message, ok := strings.CutSuffix(base, ending); ok {
			return message, ending
		}
	}
	return base, ""
}

// notInText reports whether a character cannot stand in a message. The mark of the byte order is invisible, and a phone
// would show it as a box. Tabs stand in HTML.
func notInText(r rune) bool { return unicode.IsControl(r) && r != '\t' || r == '\ufeff' }
