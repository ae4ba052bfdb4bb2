// Package docs has go.mod name what the programs of docs/integrate.md import.
package docs

import _ "github.com/golang-jwt/jwt/v5"
