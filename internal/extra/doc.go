// Package extra checks the data that a deployment stores with its users besides the fields of the contract. A
// JSON Schema in a file of the deployment describes the data.
//
// The work for a schema and for an object is bounded. A schema is one document, compiled at the start. An
// object comes from package contract, which bounds its size, depth, members and numbers.
//
// Data that an earlier schema has accepted is not checked again until the user changes it. Otherwise a stricter
// schema would refuse changes of other fields.
package extra
