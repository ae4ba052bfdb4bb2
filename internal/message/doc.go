// Package message chooses the text of an answer, in the language that the request prefers. The API for
// clients and the admin API use it, so that the same header chooses the same language in both.
//
// # Files
//
// [Load] reads one JSON file for each language of package locale. A key is the reason of a refusal, or "ok" for a
// success, alone or followed by a dot and the id of an operation whose text differs. A third part names
// a special outcome of the operation (ok.login.deletionCanceled). Each API embeds its own files, because
// the users of a site read the texts of one API, and operators those of the other.
//
// # Numbers
//
// A text may have alternatives "[a|b]". The first one contains {limit} or {seconds} and is used
// if that number is known. Otherwise b is used, which is empty in "[a]".
//
// # Variants
//
// A key may have a variant, such as "reason@sms", for deployments that offer more. Its text replaces
// that of the plain key if the caller of Load names the variant. A deployment never has two variants
// of one message. A text without a variant must be true in every deployment.
//
// # Languages
//
// A malformed entry of the header is left out, and the other entries count. No request is refused
// because of its language.
package message
