package settings

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Print prints the settings in force as NAME=value lines, each with its
// description. Secrets are hidden; the other lines can be copied to an environment
// file. Settings that are wrong are an error, as at a start, so that the command can
// check an environment before a release.
func Print(dev bool, environ []string, out io.Writer) error {
	c, err := Read(dev, environ)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range Fields() {
		value := c.texts[f.Name]
		if f.Secret && value != "" {
			value = "(hidden)"
		}
		fmt.Fprintf(table, "%s=%s\t# %s\n", f.Name, value, f.Doc)
	}
	return table.Flush()
}
