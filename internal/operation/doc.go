// Package operation has the operations of openapi.yaml. It translates between the types that are
// generated from the contract and those of package account and the packages that account joins, such as
// credential and profile. The rules about users are in those packages.
//
// # A call
//
// [Call] has the facts about one request. Package server collects them before it calls an operation:
// the client, the site, the language and the holder of the token. An operation adds what the answer needs
// beside its body: a new token, the user for the log, the end of a session.
//
// # Answers
//
// A success has the status 200 and an envelope. Only getJwks answers without an envelope. Lists are never null.
// An operation returns the errors of the packages that it calls as they are, and package server writes the
// answer to them (errors.go there).
//
// # Forms
//
// Times are Unix seconds, and 0 if there is no time, as in AnQiCMS. A phone has the form that the deployment
// has chosen. Fields of AnQiCMS that the service does not have are zero and not left out, because the clients
// of AnQiCMS read them without a check.
//
// # After a change
//
// A change that is committed is answered as done, even if a later step fails: a token that cannot be
// renewed stays as it is, and the next request renews it (I11 of package account).
//
// # Users of tokens
//
// The user of an operation with a token is that of the token, and never one that a parameter or the body
// names. Package server has checked the session before.
//
// # Where operations are tested
//
// The tests of package server send requests to all operations over HTTP. They fail if an outcome is not in the
// contract, or if an outcome of the contract was not seen. This package has only the tests that need no request.
//
// # Files
//
// There is one file for each group of operations. user.go has the form of a user in all answers.
package operation
