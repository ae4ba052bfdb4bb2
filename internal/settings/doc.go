// Package settings reads the settings of Enroll from an environment, and refuses those
// that cannot work together, by their names and all at once.
//
// A setting is declared once, as a field of [Config] in settings.go. Its tags have the
// name, the default and the description, from which docs/settings.md and `enroll config`
// are made. check.go has the rules that no tag can express, sms.go those of the senders of
// SMS, and keys.go reads and makes the keys that settings name.
//
// The environment is a parameter: only the commands read that of the process. An error
// never has the value of a setting, which may be a secret in the wrong place. This holds for
// the names of files, too.
package settings
