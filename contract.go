// Package enroll holds the contract that the service serves, validates
// requests by, and is compiled from: the authored openapi.yaml, byte for byte.
package enroll

import _ "embed"

// Contract is openapi.yaml. It is embedded here because go:embed reaches
// only downwards and the contract stands at the top of the tree.
//
//go:embed openapi.yaml
var Contract []byte

// AdminContract is openapi-admin.yaml, the contract with operators.
//
//go:embed openapi-admin.yaml
var AdminContract []byte

// ContractAlways200 is the contract of a deployment that answers refusals with status
// 200, derived from Contract by `make gen`.
//
//go:embed gen/openapi-always-200.yaml
var ContractAlways200 []byte
