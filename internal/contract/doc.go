// Package contract validates requests by an OpenAPI document at run time. A request
// that the document does not allow is refused before a handler sees it. One answer
// lists the errors of all its fields, up to 50, unless the body cannot be read at all.
// Only the file of an upload is checked later, when its handler calls
// [Operation.ReadUpload].
//
// [Load] reads the document at the start. It refuses a document that has a rule
// which this package does not check, so that no rule is skipped silently. For each
// request [Operation.CheckParameters] validates headers, query and path, and
// [Operation.CheckBody] validates the body. Of a JSON body, the generated code binds
// the very value that was validated.
//
// # What kin-openapi does
//
// The package openapi3filter of kin-openapi finds, parses and validates the
// parameters. The package openapi3 applies the schemas of bodies.
//
// # What this package does itself, and why
//
//   - Decoding a body. openapi3filter uses encoding/json. That package takes the last
//     of two members of one name, ignores what follows the first JSON value, replaces
//     invalid UTF-8 and lone surrogates, and accepts 10,000 levels of nesting. A
//     proxy or a log in front may read such a body differently from the service.
//   - Integers. For kin-openapi 7.0 and 1e2 are integers, but the generated code
//     cannot bind them.
//   - All field errors of a body in one answer. A decoder of openapi3filter returns a
//     value or an error. It cannot report a duplicate name and go on.
//   - The status of a refused body. openapi3filter has no typed error for a wrong
//     media type, ignores charset and Content-Encoding, and reads a body of any size.
//   - Open objects: members whose own members the document does not list. Their size,
//     depth, members and numbers are bounded here. A number keeps its digits, which a
//     float64 would round, and is written without its exponent, as the database stores
//     it. A package behind the handler checks the members by a schema that the document
//     does not have.
//   - Keeping values out of errors. Errors of kin-openapi quote what was sent, a
//     password for example. A [FieldError] has a field, a reason and a bound.
//   - Bodies of fields (fields.go). openapi3filter takes the first of two values of a field, drops a field that the
//     document does not list, and reads a body of any size.
//   - Uploads (upload.go). openapi3filter reads a form with its file before the handler is called, so that a client
//     without a token could make the service hold a megabyte.
//   - Rules of the service about a text (leave.go). The document bounds some texts for clients. If this package
//     applied these bounds, the reason would be too_long or bad_format, and not the one of the field.
//   - What clients of another document send ([Leniency]). The document is closed to what it does not list, so that
//     its clients learn of a mistake. Clients of AnQiCMS send unknown fields, and the whole form with fields that
//     are empty; they cannot be changed.
//   - Some spellings of parameters, see CheckParameters.
//   - Credentials. openapi3filter calls back for them and has two problems. It accepts
//     the first of two alternatives and ignores the other, so that a request with two
//     different tokens would pass. And it reads the body once for each alternative.
//     Packages server and admin authenticate.
package contract
