# Lists the targets of the given makefiles, under the first comment line of each file.
FNR == 1 { title = $0; sub(/^# /, "", title) }
/^[a-z-]+:.*## / {
	if (title) print "\n" title
	title = ""
	target = text = $0
	sub(/:.*/, "", target)
	sub(/.*## /, "", text)
	printf "  make %-20s %s\n", target, text
}
