# Reads the output of `go test`, lists the five packages that took longest and all others that took
# more than `bound` seconds, and warns of each of the latter. The times of a package that ran twice are
# added. A warning is not a failure: the time depends on the machine and on its other work. A package
# that hangs fails by the time limit of `go test`.
/^(ok  |FAIL)\t[^\t]+\t[0-9.]+s/ {
	split($0, column, "\t")
	if (!(column[2] in number)) {
		number[column[2]] = ++count
		name[count] = column[2]
	}
	seconds[number[column[2]]] += column[3]
}
END {
	if (count) print "Packages by time:"
	for (place = 1; place <= count; place++) {
		most = place
		for (i = place + 1; i <= count; i++) if (seconds[i] > seconds[most]) most = i
		swap = name[place]; name[place] = name[most]; name[most] = swap
		swap = seconds[place]; seconds[place] = seconds[most]; seconds[most] = swap
		if (place <= 5 || seconds[place] > bound) printf "%7.1f s  %s\n", seconds[place], name[place]
	}
	for (place = 1; place <= count && seconds[place] > bound; place++)
		printf "WARN: %s took %.0f s, more than %d s\n", name[place], seconds[place], bound
}
