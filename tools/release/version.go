package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
)

// version is info.version, by the rules of Semantic Versioning 2.0.0. Pre-release
// versions (1.2.3-rc.1) are not used.
type version struct{ major, minor, patch int }

func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v.major, v.minor, v.patch) }

// versionLine finds info.version, the first line of this form in the document.
var versionLine = regexp.MustCompile(`(?m)^  version: "?(\d+\.\d+\.\d+)"?$`)

func versionOf(contract []byte) (v version, err error) {
	found := versionLine.FindSubmatch(contract)
	if found == nil {
		return v, errors.New("info.version is not MAJOR.MINOR.PATCH on a line of its own")
	}
	_, err = fmt.Sscanf(string(found[1]), "%d.%d.%d", &v.major, &v.minor, &v.patch)
	return v, err
}

func (v version) after(was version) bool {
	return cmp.Or(cmp.Compare(v.major, was.major), cmp.Compare(v.minor, was.minor), cmp.Compare(v.patch, was.patch)) > 0
}

// tells reports whether v, as a successor of was, announces a breaking change: by a new major
// number or, while that is 0, by a new minor number.
func (v version) tells(was version) bool {
	return v.major > was.major || v.major == 0 && was.major == 0 && v.minor > was.minor
}

// next returns the smallest version that announces a breaking change.
func (v version) next() version {
	if v.major == 0 {
		return version{0, v.minor + 1, 0}
	}
	return version{v.major + 1, 0, 0}
}
