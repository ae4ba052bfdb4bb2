package code

// Draw draws a code, and Read finds the code in a typed text.
var (
	Draw = draw
	Read = read
)
