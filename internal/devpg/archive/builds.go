// Package archive downloads archives of PostgreSQL's programs, for machines that have none, and
// unpacks them. It runs nothing.
//
// Properties:
//
//   - Pinned. An archive is opened only if its checksum is the one of its [Build]. So neither the
//     registry nor the network can choose what is unpacked.
//   - Complete. A build is unpacked under another name and renamed when all its files are there. A
//     reader sees a complete build or none, also if the process is killed.
//   - Bounded. The sizes of the archive and of its content and the number of entries have limits,
//     and a download has five minutes.
//   - Contained. No name and no link of an archive leads out of its folder.
//
// The last two hold for every archive, although archives are pinned: a pin may be updated to a bad
// archive by mistake. The tests show that such an archive would do no harm.
//
// A release build of enroll leaves this package out, as it does package devpg.
package archive

import "runtime"

// PinnedMajor is the major version of the builds that [Pinned] lists. Raising it makes
// clusters of the old version unreadable where PostgreSQL is not installed.
const PinnedMajor = 17

// Format is how a build is packed.
type Format int

// The two formats in which zonky's embedded PostgreSQL
// (github.com/zonkyio/embedded-postgres-binaries, Apache-2.0) is published.
const (
	Jar Format = iota + 1 // a zip that holds one .txz; symbolic links are in the tar
	Npm                   // a .tgz with the same files below package/native; links are listed in pg-symlinks.json
)

// Build is an archive of PostgreSQL's programs.
type Build struct {
	// URL is where the archive is. It may redirect.
	URL string
	// SHA256 is the checksum of the archive, in hexadecimal.
	SHA256 string
	// Format says how the files are packed. The URL does not show it reliably.
	Format Format
}

// The only two addresses from which Enroll downloads a program. It does so only with
// --dev and in tests, and only on a machine that has no usable PostgreSQL. A build is
// executed only if its checksum is the one below.
const (
	mavenCentral = "https://repo1.maven.org/maven2/io/zonky/test/postgres/embedded-postgres-binaries-"
	npmRegistry  = "https://registry.npmjs.org/@embedded-postgres/"
)

// Pinned returns the builds of PostgreSQL 17.10 for this machine, or nil on a platform
// without one. The npm archive comes first although it is larger (on Linux 23 MB
// instead of 15, on macOS 51 instead of 30): unpacking the xz of the other one takes
// 3 s of CPU time. The checksums are of archives whose digests agreed with those that
// the registries publish.
func Pinned() []Build {
	// Both registries have the same files, so that one can replace the other.
	jar := func(name, sum string) Build {
		return Build{mavenCentral + name + "/17.10.0/embedded-postgres-binaries-" + name + "-17.10.0.jar", sum, Jar}
	}
	npm := func(name, sum string) Build {
		return Build{npmRegistry + name + "/-/" + name + "-17.10.0-beta.17.tgz", sum, Npm}
	}
	switch runtime.GOOS + "/" + runtime.GOARCH {
	case "linux/amd64":
		return []Build{
			npm("linux-x64", "5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b"),
			jar("linux-amd64", "a6c44794a7a258621b8cb98c196bf621cdd705d9fa73c3628166b658c419877a"),
		}
	case "linux/arm64":
		return []Build{
			npm("linux-arm64", "c235902b8f75c94bcfa2f2071ef4e3c35e5410b93bed65b1f3a398aaa8ef880a"),
			jar("linux-arm64v8", "47aa73724470a8bdb5e68e3978c1f07c577ab7a5c23b97b84f99d7e165f4876f"),
		}
	case "darwin/amd64":
		return []Build{
			npm("darwin-x64", "b87b4b4394fa00c249d5f87cf446e56a00901d3f11367318f9141ce0059afd24"),
			jar("darwin-amd64", "667a0eea70157656649417777af452148f6c79ae3654b2cd057a37fd701bd9e9"),
		}
	case "darwin/arm64":
		return []Build{
			npm("darwin-arm64", "41fa2aa47ec3ae7c8692719881c6bdb8376365dd417673b37ffe8281f28f7064"),
			jar("darwin-arm64v8", "b8c73288326af937b632208110b1d629c404ebef7519f8bcc7fd72404c68a36a"),
		}
	}
	return nil
}
