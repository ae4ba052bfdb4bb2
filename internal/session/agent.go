package session

import "strings"

// maxAgent bounds the name of a program that is not a known browser, in bytes.
const maxAgent = 32

// words returns what a person needs in order to recognize a client: the browser and the system, as
// "Firefox, Windows". Versions and models are left out: they would identify a device and are not
// what a person remembers. For a program that is not a browser it returns the name in front of the
// version. For a header with neither it returns "". The result has 64 bytes at most.
func words(userAgent string) string {
	browser, system := "", ""
	// A browser's header also names the browsers that it is compatible with, so the order matters.
	for _, b := range [...][2]string{
		{"MicroMessenger/", "WeChat"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"HuaweiBrowser/", "Huawei Browser"}, {"MiuiBrowser/", "Mi Browser"}, {"UCBrowser/", "UC Browser"},
		{"QQBrowser/", "QQ Browser"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(userAgent, b[0]) {
			browser = b[1]
			break
		}
	}
	for _, s := range [...][2]string{
		{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"HarmonyOS", "HarmonyOS"},
		{"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(userAgent, s[0]) {
			system = s[1]
			break
		}
	}
	switch {
	case browser != "" && system != "":
		return browser + ", " + system
	case browser != "":
		return browser
	}
	return program(userAgent)
}

// program returns the name of a product in front of its version (RFC 9110, section 10.1.5), or "" if it
// has other characters than letters, digits, '-', '_' and '.', or more than maxAgent.
func program(userAgent string) string {
	name, _, _ := strings.Cut(userAgent, "/")
	other := func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.", r))
	}
	if len(name) > maxAgent || strings.ContainsFunc(name, other) || name == "Mozilla" {
		return ""
	}
	return name
}
