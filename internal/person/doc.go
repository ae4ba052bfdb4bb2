// Package person has what users tell about themselves: names, avatar, introduction, birthday and the data
// that a deployment describes. No rule of the service depends on these fields: each is a value here, a
// column, and a member of the contract. Packages operation, admin and command name the fields, in person.go
// each, to read requests and show users. Other packages hold a [Profile] as one value.
//
// A field has up to three forms: a text that a registration takes ([Basics]), a value that is shown
// ([Profile]), and a pointer in a change ([Edits]), where nil and empty differ. All of them are in profile.go,
// with the way from the request to the column and back. The rules of the fields are in rules.go.
//
// Operators enter profiles by the same rules: [Basics] of a new user, [Edits] of a change. An entry of the
// audit log has the names of the edited fields and no value.
//
// The package reads no database. Package account inserts a profile, package profile changes one, and package
// holder reads it with the user. Package operator does all three for operators.
package person
