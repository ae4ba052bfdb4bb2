// Package foreign verifies the password hashes of other systems. Users who come from another system bring them along,
// and log in with their old passwords.
//
// No hash is made here. Package password replaces a foreign hash after the first right password.
package foreign
