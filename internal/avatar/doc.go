// Package avatar makes avatars of uploaded pictures: squares of [Side] pixels without metadata.
//
// An upload is hostile until it has been decoded. A few hundred bytes can announce a picture of
// gigabytes, and the decoders allocate what a header announces. So [Maker.Make] reads the headers
// itself first. It computes from them how much memory the decoder will allocate, and refuses
// what is above [MaxPixels] or [MaxMemory] before a pixel is allocated. The decoder's time is
// bounded, too: it reads through a reader that fails when the time is up. One picture for each
// slot is decoded at a time; others are refused with [ErrBusy] and do not wait.
//
// The result is drawn pixel by pixel and encoded anew. Nothing of the file but its colors is left:
// no EXIF position, no comment, no color profile, no bytes behind the picture, no script. The
// orientation that a camera has noted is applied to the square, because people would see the
// picture lying on its side otherwise.
//
// The avatar of an animation is its first frame. A picture that is not square is cut evenly on two
// opposite sides: faces are usually in the middle, and a page can let people choose a part before it
// sends the picture.
//
// # Concurrency
//
// A slot is one goroutine that computes without a pause, so there should be at most one for each
// core. A request that waits for a slot would keep its connection and up to a megabyte of memory.
// So it is refused, and the client can repeat it.
//
// # Lossless WebP
//
// Lossless WebP is refused, as is WebP whose transparency has a lossless form. The lossless
// decoder builds up to 2,600 groups of code tables, also for a small picture. A file of one
// MiB can make it allocate several times MaxMemory, and no header shows that. What people upload is
// nearly always lossy, since it is smaller. The refusal says that they must choose another format.
//
// # Memory
//
// What a decoder allocates was read in its source, and the tests measure it with files that are
// made for the purpose (bomb_test.go). If a new version of a decoder allocates more, TestBombs fails.
package avatar
