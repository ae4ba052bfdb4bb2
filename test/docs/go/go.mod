// What the Go programs of docs/integrate.md import: a module of its own, so
// that the product's go.mod stays clean. make test-docs puts the programs into
// a copy of it.
module enroll.example/docs

go 1.26

require github.com/golang-jwt/jwt/v5 v5.3.1
