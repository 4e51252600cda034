package pictures

import (
	"bytes"
	"encoding/binary"
	"image"
)

// Cameras keep the dots as the sensor saw them and say beside them how to hold the picture: a number from 1 to 8 in the
// Exif data (CIPA DC-008, tag Orientation). Writing a picture anew loses that number, so the dots are turned first.
const (
	upright        = 1
	orientationTag = 0x0112
	shortType      = 3
)

// maxExifEntries bounds the tags that are looked at; cameras write a few dozen.
const maxExifEntries = 512

// orientation is how a file says that it is to be held. What says nothing, or nonsense, is upright.
func orientation(file []byte) int {
	tiff := exif(file)
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range min(int(order.Uint16(tiff[at:])), maxExifEntries, len(entries)/12) {
		if order.Uint16(entries) == orientationTag && order.Uint16(entries[2:]) == shortType {
			if held := int(order.Uint16(entries[8:])); held >= 1 && held <= 8 {
				return held
			}
		}
		entries = entries[12:]
	}
	return upright
}

// exif finds the Exif data of a JPEG or PNG file, nil for none.
func exif(file []byte) []byte {
	if rest, ok := bytes.CutPrefix(file, []byte("\x89PNG\r\n\x1a\n")); ok {
		return pngExif(rest)
	}
	if rest, ok := bytes.CutPrefix(file, []byte{0xFF, 0xD8}); ok {
		return jpegExif(rest)
	}
	return nil
}

// pngExif walks the chunks to eXIf, which stands before the picture.
func pngExif(rest []byte) []byte {
	for len(rest) >= 12 {
		size, kind := uint64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if kind == "IDAT" || size+12 > uint64(len(rest)) {
			return nil
		}
		if kind == "eXIf" {
			return rest[8 : 8+size]
		}
		rest = rest[12+size:]
	}
	return nil
}

// jpegExif walks the segments to the first APP1 that holds Exif data, which stands before the scan.
func jpegExif(rest []byte) []byte {
	const app1, startOfScan = 0xE1, 0xDA
	for len(rest) >= 4 && rest[0] == 0xFF {
		if rest[1] == 0xFF { // filling
			rest = rest[1:]
			continue
		}
		size := int(binary.BigEndian.Uint16(rest[2:]))
		if rest[1] == startOfScan || size < 2 || size+2 > len(rest) {
			return nil
		}
		if found, ok := bytes.CutPrefix(rest[4:2+size], []byte("Exif\x00\x00")); ok && rest[1] == app1 {
			return found
		}
		rest = rest[2+size:]
	}
	return nil
}

// hold turns and mirrors a picture so that it is seen as its orientation says.
func hold(src *image.RGBA, orientation int) *image.RGBA {
	if orientation == upright {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			at := turned[orientation](x, y, w-1, h-1)
			out.SetRGBA(at.X, at.Y, src.RGBAAt(x, y))
		}
	}
	return out
}

// turned is where a dot goes, by orientation; right and bottom are the last column and row of what is turned.
var turned = [9]func(x, y, right, bottom int) image.Point{
	2: func(x, y, right, _ int) image.Point { return image.Pt(right-x, y) },
	3: func(x, y, right, bottom int) image.Point { return image.Pt(right-x, bottom-y) },
	4: func(x, y, _, bottom int) image.Point { return image.Pt(x, bottom-y) },
	5: func(x, y, _, _ int) image.Point { return image.Pt(y, x) },
	6: func(x, y, _, bottom int) image.Point { return image.Pt(bottom-y, x) },
	7: func(x, y, right, bottom int) image.Point { return image.Pt(bottom-y, right-x) },
	8: func(x, y, right, _ int) image.Point { return image.Pt(y, right-x) },
}
