package code

// Draw is what draws codes, and Read what reads them.
var (
	Draw = draw
	Read = read
)
