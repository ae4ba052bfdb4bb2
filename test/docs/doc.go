// Package docs runs the commands and programs of README.md and of the pages of docs/, word for word, in a stage
// (see test/stage): `make test-docs`. Its tests need a build tag, because they need more tools than `make test`.
package docs
