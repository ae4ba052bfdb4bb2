// Package foreign verifies the password hashes of other systems. Users who are imported from another system keep their
// hashes, and log in with their old passwords.
//
// [Read] accepts the spellings of other systems, which write a hash of one function in different ways. [Parse] accepts
// one of them, the stored form. Both refuse a hash that is malformed, or that costs more than about a second of one
// core: a row that was manipulated, or a file of a stranger, must not use up the time of logins.
//
// # Formats
//
//   - bcrypt.go: $2a$, $2b$ and $2y$
//   - pbkdf2.go: PBKDF2 of Django, Keycloak and passlib
//   - scrypt.go: scrypt of Django and passlib, and the modified one of Firebase, as Kratos and as Supabase write it
//   - shacrypt.go: $5$ and $6$ of crypt(3), which Kratos names sha256-crypt and sha512-crypt
//   - weak.go: MD5, SHA-1, SHA-2 and md5-crypt. They are too fast to be stored as they are. Package password stores an
//     argon2id hash of such a hash. For a login, [Weak] computes the inner hash of the password that was sent.
//
// Each hash has its cost as [admission.Work], with a pace of its own, because the times of two functions on two CPUs
// have no fixed proportion: some CPUs have instructions for SHA-256, and scrypt depends on the speed of memory.
//
// No hash is made here. Package password replaces a foreign hash after the first right password.
package foreign
