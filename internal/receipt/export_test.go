package receipt

// TwilioSignature is for the examples of Twilio's document, whose requests are none of receipts.
var TwilioSignature = twilioSignature
