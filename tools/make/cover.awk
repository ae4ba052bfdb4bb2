# Reads a coverage profile of `go test -coverpkg` and prints the share of statements covered in each
# package. The profile may list a statement several times, once for each test binary. The script
# fails if a package has less than `least` percent, or if the profile lacks one of the packages in
# `critical`: go test only warns of a package that does not exist.
NR > 1 {
	split($1, at, ":")
	sub("/[^/]*$", "", at[1])
	size[$1] = $2
	home[$1] = at[1]
	if ($3) hit[$1] = 1
}
END {
	for (block in size) {
		all[home[block]] += size[block]
		if (block in hit) covered[home[block]] += size[block]
	}
	for (package in all) {
		name = package
		sub(".*/", "", name)
		found[name] = 1
		share = 100 * covered[package] / all[package]
		printf "%5.1f %% of %4d statements  %s\n", share, all[package], package
		if (share < least) bad = 1
	}
	if (bad) print "a package is covered by less than " least " %: add tests" > "/dev/stderr"
	count = split(critical, names, " ")
	for (i = 1; i <= count; i++)
		if (!(names[i] in found)) {
			print "internal/" names[i] " has no tested statement: was it renamed?" > "/dev/stderr"
			bad = 1
		}
	exit bad
}
