// Package message chooses the words of an answer: the language that a request prefers, and the text
// for what is to be said. Both APIs use it, so that a header chooses the same language in both.
//
// # Files
//
// [Load] reads one file for each language, in JSON. A key is a reason, or "ok" with or without the
// id of an operation for its success. The files are those of the API that embeds them, because
// developers read the one and operators the other.
//
// # Numbers
//
// A text may have alternatives "[a|b]": a contains {limit} or {seconds} and is used if that has a
// value, and otherwise b ("|b" may be missing).
//
// # Variants
//
// A key may have a variant, such as "reason@sms", for deployments that offer more. Its text
// replaces that of the plain key if the caller of Load names the variant. No message has two variants
// that are true at once. A text without a variant must be true in every deployment.
//
// # Languages
//
// A header that cannot be read in part counts for the rest of its entries. No request fails for its
// language.
package message
