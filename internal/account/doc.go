// Package account has the rules of accounts: how a user registers and leaves. It joins the packages with
// the other use cases to one [Service].
//
// # Vocabulary
//
// A deployment serves one or more sites. Names are unique within a site. An identifier
// is a user name, an email or a phone; its key is the canonical form by which it is
// unique. A proof is a captcha's id and answer. A code is six digits, sent by SMS or
// mail. A code is tried when it is compared, and spent when it has been used. A refusal
// is an answer with a reason of the contract (*refusal.Error); an outage of the database is one of
// them. Any other error is an internal error, which is logged once, unless the client has
// disconnected (context.Canceled).
//
// # Invariants
//
// Comments in migrations, queries, code and tests cite them by number.
//
//	I1  There is one user per canonical form of an identifier and site.
//	    Unique constraints ensure it, not a look-up before an insert.
//	I2  A code, a captcha and a use of an invitation are spent at most
//	    once, each by one conditional statement.
//	I3  A failed attempt is counted even if everything else is rolled back.
//	I4  No password is hashed inside a transaction.
//	I5  The same idempotency key and request give the same user; the same key
//	    with another request is refused. The digest covers every field of the
//	    request by construction. A key allows five wrong repetitions.
//	I6  The remembered digest of a request is keyed. Of the password it covers
//	    only whether there is one.
//	I8  No secret and no full identifier is in an error or a log.
//	I9  A refusal tells nothing about other people's accounts beyond what
//	    the contract says: a taken user name or email, after a spent
//	    captcha; a taken phone, after a right code.
//	I10 A stranger cannot use up what a holder needs: tries, codes and
//	    budgets are bounded for each client network first.
//	I11 If an answer says that nothing happened, nothing happened. If
//	    something may have happened, the answer is OutcomeUnknown.
//	I12 A token is good only while its session is. Package session says
//	    what ends one; a session that has ended stays ended.
//
// I7: an event exists if and only if its change does: triggers of the database write it in the transaction of the
// change (package event).
//
// # Order
//
// Cheap steps come before expensive ones, and steps that can be repeated before
// those that spend something. A registration takes them in this order:
//
//  1. checks that need neither the database nor another service
//  2. the captcha is opened: a missing, forged or expired one ends here
//  3. admission to the hashers, or the refusal that they are busy
//  4. the remembered answer of an earlier request with the same key; if the key is
//     new, the accepted terms are compared here instead of in step 1, because a
//     repetition is answered even if the version has changed (I5)
//  5. the captcha is spent, and then its answer is checked
//  6. the code, if there is one, is tried
//  7. the password is looked up among breached ones
//  8. the operator's hook is asked, if there is one (package hook)
//  9. the password is hashed
//  10. one statement or transaction writes the user
//  11. the token is signed
//
// An admitted request occupies a hasher only in step 9, or in step 4 to verify the password
// of a repetition. But it is counted as waiting from step 3 on, so that a request that has
// spent its captcha and code is refused as busy afterwards only if hashing takes several times
// as long as was expected in step 3.
//
// Steps 4 to 6 commit while the request is counted as waiting. A request that fails there has
// taken a place among those that wait, for some milliseconds, and no hasher. Checking the answer
// of a captcha before step 3 would not end this: a captcha of a provider is checked over the
// network, and the code is tried later still. Admission estimates from earlier requests which
// share of the waiting ones will hash, so that such requests keep no others out
// (admission.TestCanceledJobsKeepNoOneOut).
//
// # Equal answers
//
// Invariant I9 needs equal work, because an answer's time tells as much as its text. A
// login under an unknown name costs one hash and the same statements as one with a wrong
// password. Sending a code does the same work for known and unknown addresses. A
// registration reports a taken name only after it has cost a captcha, if captchas are on, and a
// taken phone only after its code. server.TestTiming measures the times of logins, of sending codes
// and of wrong codes.
//
// # Concurrency
//
// Requests meet only in the database. A unique constraint or one conditional statement
// decides which of several wins; the others wait for its row and then find it changed.
// To avoid deadlocks, each statement locks its rows in one order: budgets by scope and
// key, users by id, counts of logins by name and network. A transaction that uses an
// invite code locks the row of the inviter or of the operator's invitation first, then
// inserts, and locks the row of the idempotency key last.
//
// A statement that changes something and is not part of a longer transaction runs by
// itself (postgres.Alone), which saves the round trips of BEGIN and COMMIT. Its outcome
// may be unknown like that of a COMMIT (I11).
//
// # Packages
//
// This package has registration and deletion, and puts a deployment together ([New]). The other use
// cases have packages of their own, which [Service] embeds:
//
//   - login: logins by password and by code
//   - holder: users, checks of tokens and proofs of holders
//   - profile: changes of profiles and identifiers
//   - credential: changes and resets of passwords
//   - address: codes by SMS and mail, verified emails
//
// They answer with refusals, as this package does; package refusal has the reasons and translates
// errors. A part that can be understood without a use case also has a package of its own:
//
//   - challenge: where a captcha is valid, what it costs, and that each is spent once
//   - code: one-time codes and the budgets of sending
//   - idempotency: repeated requests
//   - invite: users' invite codes and operators' invitations
//   - leave: deletion
//   - notice: messages about changes
//   - session: sessions and what ends them
//   - throttle: failed logins
//
// The parts know nothing of the use cases and return errors, so that each can be read and tested by
// itself. The exception is invite, which returns its only refusal itself. Each part has the statements
// about its tables, apart from these: the statement that inserts a user also spends the code, begins the
// session and refuses a reserved name, which packages profile and operator refuse by a statement of their
// own; package export reads the tables; and package restore deletes codes. Several packages count in the
// table budgets. Package rekey writes users, too, but only while `enroll migrate` runs.
package account
