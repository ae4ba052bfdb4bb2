package avatar

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation is how a camera was held: the value of the Exif tag (JEITA CP-3451, tag 0x0112), 1 to 8,
// or 0 if there is none.
type orientation uint16

const (
	tagOrientation = 0x0112
	// maxEntries bounds the entries of a directory that are read. Cameras write some dozens, but a
	// file may announce 65,535.
	maxEntries = 512
)

// orientationOf returns the orientation in a TIFF structure, or 0 if it has none or is damaged: then
// the picture is shown as it is stored.
func orientationOf(tiff []byte) orientation {
	tiff = bytes.TrimPrefix(tiff, []byte("Exif\x00\x00")) // some writers of WebP put it there
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	// The first directory is about the picture itself, and the second about its thumbnail.
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range min(int(order.Uint16(tiff[at:])), maxEntries) {
		if len(entries) < 12 {
			return 0
		}
		// Type 3 is a number of 16 bits; its value stands in the entry itself.
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == 3 {
			if value := order.Uint16(entries[8:]); value >= 1 && value <= 8 {
				return orientation(value)
			}
			return 0 // the standard has no such value
		}
		entries = entries[12:]
	}
	return 0
}

// apply returns a square picture as the photographer saw it.
func (o orientation) apply(m *image.RGBA) *image.RGBA {
	if o <= 1 {
		return m
	}
	out := image.NewRGBA(m.Bounds())
	// from is the pixel of m that becomes the pixel x, y of the result. Pictures of the orientations 2 and 4 are mirrored,
	// those of 3, 6 and 8 are turned, and those of 5 and 7 are both.
	const last = Side - 1
	for y := range Side {
		for x := range Side {
			from := [...]image.Point{
				2: {last - x, y}, 3: {last - x, last - y}, 4: {x, last - y},
				5: {y, x}, 6: {y, last - x}, 7: {last - y, last - x}, 8: {last - y, x},
			}[o]
			out.SetRGBA(x, y, m.RGBAAt(from.X, from.Y))
		}
	}
	return out
}
