// Package wording has the words of messages that an operator writes: texts of SMS, mails, and the ids of
// templates that providers of SMS have approved. [Load] reads them from a folder and checks all of it, so that a
// mistake is found at the start and not by the first person who waits for a code.
//
// # Files
//
// A folder for each language has the files, such as en/sms-code.txt. A folder for a site has such folders, such as
// site-2/en/sms-code.txt. A file is named by its message, one of [Names], and an ending: .txt, and for a mail also
// .subject.txt and .html. The ids of a provider's templates are in a file such as aliyun.ids. What no file says keeps
// the words that are built in.
//
// # Variables
//
// All files but .ids are text with variables in braces, such as {code}. There are no conditions and no loops: where the
// words for a purpose differ, it gets a file of its own. So a person reads what stands in the file.
package wording
