// Package docs runs what README.md and the pages of docs/ tell people to run, word for word, in a stage (see
// test/stage): `make test-docs`. Its tests need a build tag, because they need more tools than `make test`.
package docs
