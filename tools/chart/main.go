// Command chart writes the Helm chart of a release as an archive.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/chart/v2/util"
)

func main() {
	dir := flag.String("chart", "../../deploy/helm/enroll", "`folder` of the chart")
	out := flag.String("out", "", "`folder` for the archive")
	version := flag.String("version", "", "version of the release, such as v1.2.3")
	flag.Parse()
	file, err := pack(*dir, *out, *version)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
	fmt.Println(file)
}

// pack writes the chart with the version of a release, and returns the archive's name.
func pack(dir, out, version string) (string, error) {
	if out == "" || version == "" {
		return "", errors.New("-out and -version are required")
	}
	c, err := load(dir, version)
	if err != nil {
		return "", err
	}
	return util.Save(c, out)
}

// load reads the chart. The image's tag is the release's version. The chart's version is the same
// without the v, which Semantic Versioning does not allow in a version.
func load(dir, version string) (*chart.Chart, error) {
	c, err := loader.Load(dir)
	if err != nil {
		return nil, err
	}
	c.Metadata.AppVersion = version
	c.Metadata.Version = strings.TrimPrefix(version, "v")
	return c, c.Validate()
}
