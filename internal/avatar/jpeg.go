package avatar

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markerSOF0  = 0xc0 // baseline
	markerSOF2  = 0xc2 // progressive
	markerRST0  = 0xd0
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda // the scan begins: no header follows that matters
	markerAPP1  = 0xe1
	markerAPP14 = 0xee // Adobe
)

// readJPEG walks the segments up to the first scan. The decoder walks them in the same way; where it is
// stricter, it refuses the file later. A second frame header, which could contradict the first one, is
// refused by both.
func readJPEG(file []byte) (header, error) {
	h := header{kind: kindJPEG}
	var frame []byte
	var progressive, adobe bool
	for rest := file[2:]; ; {
		marker, segment, after := nextSegment(rest)
		if segment == nil {
			return header{}, fmt.Errorf("%w: JPEG without a frame", ErrInvalid)
		}
		switch marker {
		case markerSOF0, markerSOF0 + 1, markerSOF2:
			if frame != nil {
				return header{}, fmt.Errorf("%w: JPEG with two frames", ErrInvalid)
			}
			frame, progressive = segment, marker == markerSOF2
		case markerAPP1:
			if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && h.turn == 0 {
				h.turn = orientationOf(tiff)
			}
		case markerAPP14: // may say that the colors are RGB
			adobe = true
		}
		if marker == markerSOS {
			break
		}
		rest = after
	}
	if len(frame) < 6 || len(frame) < 6+3*int(frame[5]) || frame[5] == 0 {
		return header{}, fmt.Errorf("%w: JPEG without a frame", ErrInvalid)
	}
	// frame[0] is the precision of the samples. The decoder accepts 8 bits only.
	h.height, h.width = int(binary.BigEndian.Uint16(frame[1:])), int(binary.BigEndian.Uint16(frame[3:]))
	memory, err := jpegMemory(h.width, h.height, frame[6:6+3*int(frame[5])], progressive, adobe)
	h.memory = memory
	return h, err
}

// nextSegment returns the marker and the data of the next segment and what follows, or nil if
// there is none.
func nextSegment(rest []byte) (marker byte, segment, after []byte) {
	for {
		// Anything may stand before a marker; the decoder skips it, too.
		at := bytes.IndexByte(rest, 0xff)
		if at < 0 || at+1 >= len(rest) {
			return 0, nil, nil
		}
		marker, rest = rest[at+1], rest[at+1:] // 0xff may be repeated as padding
		switch {
		case marker == 0xff:
			continue
		case marker == 0, marker == 1, marker >= markerRST0 && marker <= markerSOI: // without data
			rest = rest[1:]
			continue
		case marker == markerEOI, len(rest) < 3:
			return 0, nil, nil
		}
		length := int(binary.BigEndian.Uint16(rest[1:]))
		if length < 2 || len(rest) < 1+length {
			return 0, nil, nil
		}
		return marker, rest[3 : 1+length], rest[1+length:]
	}
}

// jpegMemory returns an upper bound of what the decoder allocates, in bytes. For the files that cameras
// write, the bound is close.
//
// The decoder allocates one byte for each sample, and four more if the JPEG is progressive, because
// then it keeps the coefficients of all scans. Samples are rounded up to whole units of blocks. A
// picture in CMYK or RGB is converted into another one of four bytes a pixel. components has three
// bytes for each component: name, sampling factors, table.
func jpegMemory(width, height int, components []byte, progressive, adobe bool) (int64, error) {
	n := len(components) / 3
	hMax, vMax, blocks := 1, 1, 0
	for i := range n {
		h, v := int(components[3*i+1]>>4), int(components[3*i+1]&15)
		if h < 1 || h > 4 || v < 1 || v > 4 {
			return 0, fmt.Errorf("%w: JPEG with factors of sampling that do not exist", ErrInvalid)
		}
		hMax, vMax, blocks = max(hMax, h), max(vMax, v), blocks+h*v
	}
	if n == 1 { // the factors of a single component have no meaning (ITU-T T.81, A.2.2)
		hMax, vMax, blocks = 1, 1, 1
	}
	units := int64((width+8*hMax-1)/(8*hMax)) * int64((height+8*vMax-1)/(8*vMax))
	memory := units * int64(blocks) * 64
	if progressive { // int32 for each coefficient
		memory *= 5
	}
	names := [3]byte{1, 2, 3} // those of JFIF; others may mean RGB
	for i := range min(n, 3) {
		adobe = adobe || components[3*i] != names[i]
	}
	if n == 4 || n == 3 && adobe {
		memory += 4 * int64(width) * int64(height)
	}
	return memory, nil
}
