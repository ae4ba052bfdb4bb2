package house

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// migration matches the name of a step of the schema: its number has five digits, because goose and sqlc order
// the steps by name.
var migration = regexp.MustCompile(`^\d{5}_[a-z0-9_]+\.sql$`)

// checkMigrations requires the numbers 1, 2, 3 … without a gap. Two changes that are made at the same time can take the
// same number: goose refuses both then, and git sees no conflict. A gap would be filled later, and goose refuses a
// step whose number is smaller than that of one which a database has applied.
func checkMigrations(t *tree) (offenses []string) {
	number := 0
	for _, name := range slices.Sorted(maps.Keys(t.texts)) {
		if path.Dir(name) != "schema" || !strings.HasSuffix(name, ".sql") {
			continue
		}
		base := path.Base(name)
		number++
		switch want := fmt.Sprintf("%05d_", number); {
		case !migration.MatchString(base):
			offenses = append(offenses, name+" is not named like 00001_what.sql")
		case base[:len(want)] < want:
			offenses = append(offenses, name+" has the number of another step")
			number--
		case base[:len(want)] > want:
			offenses = append(offenses, fmt.Sprintf("%s has no step %05d before it", name, number))
			_, _ = fmt.Sscanf(base, "%05d", &number)
		}
	}
	return offenses
}
