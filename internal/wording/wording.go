package wording

import (
	"strconv"
	"strings"

	languages "github.com/enroll-project/enroll/internal/locale"
)

// Words are what the files of an operator say. A nil *Words has no files. Words do not change after [Load].
type Words struct {
	files map[at]map[string]*Template // by the name of the file, such as sms-code.txt
	ids   map[at]map[string]string    // by sender and key, such as "aliyun code"
	own   string                      // the deployment's own language
}

// at is a folder: a site, 0 for all, and a language.
type at struct {
	site   int64
	locale string
}

// String returns the name of the folder.
func (f at) String() string {
	if f.site == 0 {
		return f.locale
	}
	return "site-" + strconv.FormatInt(f.site, 10) + "/" + f.locale
}

// find returns what is written for the site, or else for all sites. Of one folder the first key counts.
//
// A general file of the site counts before a file of a purpose for all sites: a site has its own words because
// those of the others would be wrong there, for example in the name of the shop.
func find[T any](all map[at]map[string]T, site int64, locale string, keys []string) (found T, ok bool) {
	for _, folder := range []at{{site, locale}, {0, locale}} { // check: template-site
		for _, key := range keys {
			if found, ok = all[folder][key]; ok {
				return found, true
			}
		}
	}
	return found, false
}

// Find returns the template of a message, or nil if the built-in words apply. names are those of [SMS] or [Mail],
// ending is .txt, .subject.txt or .html, and locale is one of [locale.All].
func (w *Words) Find(site int64, locale, ending string, names []string) *Template {
	if w == nil {
		return nil
	}
	// The key is the name of a file, so that the three files of a mail are found in one way.
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = name + ending
	}
	t, _ := find(w.files, site, locale, keys)
	return t
}

// ID returns the id of the approved template of a provider, or "" if no file has one. names are those of [SMS] or
// [Voice]; abroad says that the phone is not one of mainland China.
func (w *Words) ID(sender string, site int64, locale string, names []string, abroad bool) string {
	if w == nil {
		return ""
	}
	// Senders share no ids, so the sender is a part of the key.
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = sender + " " + strings.TrimPrefix(name, "sms-")
		if abroad { // check: template-abroad
			keys[i] += onlyAbroad
		}
	}
	id, _ := find(w.ids, site, locale, keys)
	return id
}

// Nearest returns a language in which a file has an id for a message: locale, or else the deployment's own, or else the
// first one of the list. It returns locale if there is none. A provider approves texts for one country after the
// other, so most deployments have ids for few languages, and another language is better than no code.
func (w *Words) Nearest(sender string, site int64, locale string, names []string, abroad bool) string {
	if w == nil {
		return locale
	}
	for _, tag := range append([]string{locale, w.own}, languages.All()...) {
		if w.ID(sender, site, tag, names, abroad) != "" {
			return tag
		}
	}
	return locale
}

// Sign returns the approved signature of a provider, or "" if no file has one.
func (w *Words) Sign(sender string, site int64, locale string) string {
	if w == nil {
		return ""
	}
	// A provider approves a signature once for phones of all countries, so there is one key.
	sign, _ := find(w.ids, site, locale, []string{sender + " " + signKey})
	return sign
}
