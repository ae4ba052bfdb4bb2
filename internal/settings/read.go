package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/locale"
)

// Read reads the settings from an environment. It reports all errors at once,
// so that one start shows them all. An error has no value of a setting, which may be
// a secret in the wrong place, not even the path of a file.
func Read(dev bool, environ []string) (Config, error) {
	values, errs := variables(environ)
	for _, f := range Fields() {
		// Defaults are filled in here and not by env, which knows one default only.
		if _, set := values[f.Name]; set {
			continue
		}
		if values[f.Name] = f.Default; dev && f.DevDefault != "" {
			values[f.Name] = f.DevDefault
		}
	}
	c := Config{Dev: dev, texts: values}
	var wrong env.AggregateError
	// env returns all errors at once, one for each setting with a wrong form.
	if err := env.ParseWithOptions(&c, env.Options{Environment: values}); errors.As(err, &wrong) {
		for _, e := range wrong.Errors {
			errs = append(errs, settingError(e))
		}
	} else if err != nil {
		errs = append(errs, err)
	}
	var err error
	if c.Languages, err = locale.New(c.Locale, c.Locales...); err != nil {
		errs = append(errs, fmt.Errorf("ENROLL_LOCALE, ENROLL_LOCALES: %w", err))
	}
	for _, f := range Fields() {
		if v := values[f.Name]; v != "" && f.OneOf != nil && !slices.Contains(f.OneOf, v) {
			errs = append(errs, fmt.Errorf("%s must be one of %s", f.Name, strings.Trim(strings.Join(f.OneOf, ", "), ", ")))
		}
	}
	return c, errors.Join(append(errs, c.check()...)...)
}

// variables returns the ENROLL_* variables of an environment, with secrets read from
// the files that NAME_FILE names. A variable that is not a setting is an error: a
// misspelled ENROLL_CAPTCHA_ON, for example, would otherwise leave the default in
// force unnoticed. An empty value counts as unset, which is how compose files and
// charts write an optional setting.
func variables(environ []string) (map[string]string, []error) {
	values := map[string]string{}
	var errs []error // of all variables, so that one start shows all mistakes
	known := map[string]Field{}
	for _, f := range Fields() {
		known[f.Name] = f
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "ENROLL_") || value == "" {
			continue
		}
		if _, ok := known[name]; ok {
			values[name] = value
			continue
		}
		base, isFile := strings.CutSuffix(name, "_FILE")
		if !isFile || !known[base].Secret {
			errs = append(errs, fmt.Errorf("%s is not a setting of enroll; see enroll config for those there are", name))
			continue
		}
		content, err := ReadFile(value)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		if _, both := values[base]; both {
			errs = append(errs, fmt.Errorf("%s and %s are both set: keep one", base, name))
		}
		// Editors and `echo` end a file with a newline, which is not part of a secret.
		values[base] = strings.TrimSpace(string(content))
	}
	return values, errs
}

// ReadFile reads the file that a setting or a flag names. Its error has the cause only, such as "no such file or
// directory": the name may be a secret that was set in place of the file that has it.
func ReadFile(name string) ([]byte, error) {
	content, err := os.ReadFile(name)
	return content, nameless(err) // check: file-name-hidden
}

// nameless returns the cause of an error of package os without the names of files.
func nameless(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// settingError replaces an error of package env, which has the value of the setting,
// by one with the setting's name and the form that it must have.
func settingError(err error) error {
	var parse env.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	form := "a whole number" // of the types that are left: int, int32, int64
	switch parse.Type {
	case reflect.TypeFor[time.Duration]():
		form = "a duration such as 30s or 24h"
	case reflect.TypeFor[[]int64]():
		form = "whole numbers, comma-separated"
	case reflect.TypeFor[Count]():
		form = "a whole number from 1, or off"
	case reflect.TypeFor[Widths]():
		form = "widths of networks such as 24/64 (8 to 32, 16 to 64), or off"
	case reflect.TypeFor[SMSRoutes]():
		form = "of aliyun, sns, tencent, twilio, vonage, webhook and log, comma-separated, each once for a country, as " +
			"CN=aliyun,*=webhook"
	case reflect.TypeFor[VoiceRoutes]():
		form = "of aliyun, tencent, twilio, vonage, webhook and log, comma-separated, each once for a country, as " +
			"CN=aliyun,*=twilio"
	case reflect.TypeFor[SMSBudget]():
		form = "amounts and windows of 1h to 31d such as 50.00/1d,5.00/1h, four at most"
	case reflect.TypeFor[limit.Rate]():
		form = "a rate such as 120/1m, or off"
	case reflect.TypeFor[limit.Proxies]():
		form = "networks such as 10.0.0.0/8, comma-separated"
	}
	// env names the field of Config, the operator knows the variable.
	for _, f := range Fields() {
		if f.goName == parse.Name {
			return fmt.Errorf("%s must be %s", f.Name, form)
		}
	}
	return errors.New("a setting has the wrong form")
}

// Field is a setting as its tags describe it: DevDefault is the default of --dev if it
// differs. OneOf is nil if any value is allowed.
type Field struct {
	goName, Name, Default, DevDefault, Doc string
	Secret                                 bool
	OneOf                                  []string
}

// Fields returns all settings in the order of Config, which is also the order of
// docs/settings.md.
func Fields() []Field {
	var all []Field
	for f := range reflect.TypeFor[Config]().Fields() {
		if f.Tag.Get("env") == "" {
			continue
		}
		d := Field{
			goName: f.Name, Name: f.Tag.Get("env"), Default: f.Tag.Get("envDefault"), DevDefault: f.Tag.Get("devDefault"),
			Doc: f.Tag.Get("doc"), Secret: f.Tag.Get("secret") != "",
		}
		// ",log,webhook" allows the empty value, that is, none of them.
		if allowed, ok := f.Tag.Lookup("oneOf"); ok {
			d.OneOf = strings.Split(allowed, ",")
		}
		all = append(all, d)
	}
	return all
}
