// Package extra checks the data that a deployment keeps with its users besides the fields of the contract. A
// file of the deployment describes it: a JSON Schema.
//
// The work for a schema and for an object is bounded. A schema is one document, compiled at the start. An
// object comes from package contract, which bounds its size, depth, members and numbers.
//
// What an earlier schema has accepted is not checked again: users keep it until they change it. A schema that
// became stricter would otherwise refuse changes of fields that have nothing to do with it.
package extra
