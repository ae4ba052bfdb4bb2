// Package foreign verifies the password hashes of other systems. Users who come from another system bring them along,
// and log in with their old passwords.
//
// [Read] accepts the spellings of other systems, which differ for one function. [Parse] accepts one of them, the stored
// form. Both refuse a hash that is malformed, or that costs more than about a second of one core: a row that was
// manipulated, or a file of a stranger, must not use up the time of logins.
//
// No hash is made here. Package password replaces a foreign hash after the first right password.
package foreign
