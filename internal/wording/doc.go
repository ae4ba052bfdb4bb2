// Package wording has the words of messages that an operator writes: texts of SMS, mails, and the ids of
// templates that providers of SMS have approved. [Load] reads them from a folder and checks all of it, so that a
// mistake is found at the start and not by the first person who waits for a code.
//
// # Files
//
// A folder for each language has the files, such as en/sms-code.txt. A folder for a site has such folders, such as
// site-2/en/sms-code.txt. The names are those of [Names]. What no file says keeps the words that are built in.
//
// # Variables
//
// A file is text with variables in braces, such as {code}. There are no conditions and no loops: each message has a
// file of its own, so that what stands in a file is what a person reads.
package wording
