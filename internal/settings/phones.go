package settings

import "slices"

// ServedCountries returns the ISO 3166 codes of the countries whose phones may register, or nil for all. The default
// is one country: fraud by SMS aims at countries whose messages are expensive.
func (c Config) ServedCountries() []string {
	// For all countries the result is nil and not a list, so that later numbering plans are included.
	switch {
	case len(c.PhoneCountries) == 0:
		return []string{c.PhoneRegion}
	case slices.Contains(c.PhoneCountries, "*"):
		return nil
	}
	return c.PhoneCountries
}
