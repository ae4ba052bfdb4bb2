package account

// NewCode is what draws the codes of SMS and mails.
var NewCode = newCode
