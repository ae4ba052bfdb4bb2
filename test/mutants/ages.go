package main

// ofAges has the mutants of the minimum age.
var ofAges = []mutant{
	{
		name:  "age: a person is admitted a day early",
		edits: in("min-age", "today.Before(reached)", "today.Before(reached.AddDate(0, 0, -1))"),
		pkg:   "internal/person", tests: "^TestCheckAge$",
	},
	{
		name:  "age: a registration does not compare the birthday",
		edits: in("min-age-at-register", "s.config.MinAge > 0", "s.config.MinAge < 0"),
		pkg:   "internal/account", tests: "^TestMinAge$",
	},
	{
		name:  "age: a registration needs no birthday",
		edits: in("min-age-needed", "r.Birthday == 0", "false"),
		pkg:   "internal/account", tests: "^TestMinAge$",
	},
}
