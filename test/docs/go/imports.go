// Package docs has go.mod name what the programs of docs/integrate.md import.
package docs

import (
	_ "github.com/MicahParks/keyfunc/v3"
	_ "github.com/golang-jwt/jwt/v5"
	_ "golang.org/x/time/rate"
)
