// Package docs imports the modules that the programs of docs/integrate.md import, so that go.mod pins their versions.
package docs

import _ "github.com/golang-jwt/jwt/v5"
