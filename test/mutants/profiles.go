package main

// ofProfiles has mutants of the code that keeps and shows what people tell about themselves.
var ofProfiles = []mutant{
	{
		name:  "avatar: any number of pixels is decoded",
		edits: in("avatar-pixels", "if pixels > MaxPixels {", "if pixels > 1<<62 {"),
		pkg:   "internal/avatar", tests: "^TestBombs$",
	},
	{
		name:  "avatar: a decoder may allocate any number of bytes",
		edits: in("avatar-memory", "if h.memory > MaxMemory {", "if h.memory < 0 {"),
		pkg:   "internal/avatar", tests: "^TestBombs$",
	},
	{
		name:  "avatar: a decoder may take any time",
		edits: in("avatar-time", "if err := t.ctx.Err(); err != nil {", "if err := error(nil); err != nil {"),
		pkg:   "internal/avatar", tests: "^TestTime$",
	},
	{
		name:  "avatar: lossless WebP is decoded",
		edits: in("avatar-lossless", `case name == "VP8L", name`, `case name == "none", name`),
		pkg:   "internal/avatar", tests: "^TestInvalid$",
	},
}
