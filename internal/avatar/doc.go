// Package avatar makes avatars of uploaded pictures: squares of [Side] pixels without metadata.
//
// An upload is hostile until it has been decoded. A few hundred bytes can announce a picture of
// gigabytes, and the decoders allocate what a header announces. So [Maker.Make] reads the headers
// itself first. It computes from them a bound of what the decoder will allocate, and refuses
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
// Lossless WebP is refused, as is WebP whose transparency has a lossless form. The lossless decoder
// builds tables whose number stands in the compressed data, behind the header. So their memory cannot be
// bounded before the decoder runs, as it is for the other formats. The refusal says that people must choose
// another format.
//
// # Memory
//
// The bound of what a decoder allocates was computed from its source. TestBombs measures it with files that
// are made for the purpose, and allows 8 MiB more for the avatar and its encoder. It fails if a new version of
// a decoder allocates more than that for one of these files.
package avatar
