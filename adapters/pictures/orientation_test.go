package pictures_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"strconv"
	"testing"

	"waybill/adapters/pictures"
	"waybill/shop"
)

var (
	red   = color.NRGBA{R: 220, A: 255}
	green = color.NRGBA{G: 200, A: 255}
	blue  = color.NRGBA{B: 220, A: 255}
	black = color.NRGBA{A: 255}
)

const (
	seenWide = 80
	seenHigh = 40
)

// seen is a picture as people see it: a colour in each corner.
func seen(x, y int) color.NRGBA {
	switch {
	case x < seenWide/2 && y < seenHigh/2:
		return red
	case y < seenHigh/2:
		return green
	case x < seenWide/2:
		return blue
	}
	return black
}

// sides are where the first row and the first column of what is kept are seen, by orientation, in the words of the
// standard (CIPA DC-008, Orientation).
var sides = [9][2]string{
	1: {"top", "left"}, 2: {"top", "right"}, 3: {"bottom", "right"}, 4: {"bottom", "left"},
	5: {"left", "top"}, 6: {"right", "top"}, 7: {"right", "bottom"}, 8: {"left", "bottom"},
}

// from is how far a dot is from a side.
func from(side string, x, y int) int {
	return map[string]int{"top": y, "left": x, "bottom": seenHigh - 1 - y, "right": seenWide - 1 - x}[side]
}

// kept is what a camera keeps of the picture, held like that.
func kept(orientation int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, seenWide, seenHigh))
	if orientation >= 5 {
		img = image.NewNRGBA(image.Rect(0, 0, seenHigh, seenWide))
	}
	for y := range seenHigh {
		for x := range seenWide {
			img.SetNRGBA(from(sides[orientation][1], x, y), from(sides[orientation][0], x, y), seen(x, y))
		}
	}
	return img
}

const whereItWasTaken = "52 deg 31 min north"

// exifData says how a picture is held and, in a GPS directory, where it was taken.
func exifData(order binary.AppendByteOrder, orientation uint16) []byte {
	head := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		head = []byte("MM\x00*")
	}
	entry := func(out []byte, tag, kind uint16, count uint32, value []byte) []byte {
		out = order.AppendUint32(order.AppendUint16(order.AppendUint16(out, tag), kind), count)
		return append(out, value...)
	}
	out := order.AppendUint32(head, 8)
	out = order.AppendUint16(out, 3)
	out = entry(out, 0x010F, 2, 4, []byte("Cam\x00"))
	out = entry(out, 0x0112, 3, 1, append(order.AppendUint16(nil, orientation), 0, 0))
	out = entry(out, 0x8825, 4, 1, order.AppendUint32(nil, 50))
	out = order.AppendUint32(out, 0)
	out = order.AppendUint16(out, 1)
	out = entry(out, 0x0002, 2, uint32(len(whereItWasTaken)), order.AppendUint32(nil, 68))
	return append(order.AppendUint32(out, 0), whereItWasTaken...)
}

// photograph is a JPEG file with that Exif data, behind a segment of another kind.
func photograph(t *testing.T, img image.Image, exif []byte) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	out := []byte{0xFF, 0xD8, 0xFF, 0xFE, 0, 7, 'h', 'e', 'l', 'l', 'o', 0xFF, 0xFF, 0xE1}
	out = binary.BigEndian.AppendUint16(out, uint16(len(exif)+8))
	out = append(append(out, "Exif\x00\x00"...), exif...)
	return append(out, file.Bytes()[2:]...)
}

// inPNG puts Exif data into a PNG file, behind its head.
func inPNG(file, exif []byte) []byte {
	const headEnds = 8 + 12 + 13
	chunk := append([]byte("eXIf"), exif...)
	out := binary.BigEndian.AppendUint32(bytes.Clone(file[:headEnds]), uint32(len(exif)))
	out = binary.BigEndian.AppendUint32(append(out, chunk...), crc32.ChecksumIEEE(chunk))
	return append(out, file[headEnds:]...)
}

// mustLookRight fails unless the corners are where people see them.
func mustLookRight(t *testing.T, name string, data []byte) {
	t.Helper()
	back, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if size := back.Bounds().Size(); size != image.Pt(seenWide, seenHigh) {
		t.Errorf("%s: it is %v", name, size)
		return
	}
	for _, at := range []image.Point{{10, 10}, {70, 10}, {10, 30}, {70, 30}} {
		want := seen(at.X, at.Y)
		r, g, b, _ := back.At(at.X, at.Y).RGBA()
		if far(r, want.R) || far(g, want.G) || far(b, want.B) {
			t.Errorf("%s: at %v it is %d %d %d, want %v", name, at, r>>8, g>>8, b>>8, want)
		}
	}
}

func far(got uint32, want uint8) bool { return max(int(got>>8)-int(want), int(want)-int(got>>8)) > 30 }

func TestPicturesAreHeldAsTheirCameraSays(t *testing.T) {
	t.Parallel()
	for held := 1; held <= 8; held++ {
		for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
			exif := exifData(order, uint16(held))
			for kind, file := range map[string][]byte{"JPEG": photograph(t, kept(held), exif), "PNG": inPNG(asPNG(t, kept(held)), exif)} {
				name := kind + " " + name + " endian, orientation " + strconv.Itoa(held)
				picture, err := pictures.Read(file)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if picture.Width != seenWide || picture.Height != seenHigh {
					t.Errorf("%s: kept as %d x %d", name, picture.Width, picture.Height)
				}
				for _, data := range [][]byte{picture.Data, picture.Small} {
					mustLookRight(t, name, data)
					for _, private := range []string{"Exif", "Cam", whereItWasTaken} {
						if bytes.Contains(data, []byte(private)) {
							t.Errorf("%s: %q is still in it", name, private)
						}
					}
				}
			}
		}
	}
}

// What cannot be made sense of leaves the picture as it is.
func TestNonsenseAboutHoldingIsLeftOut(t *testing.T) {
	t.Parallel()
	good := exifData(binary.LittleEndian, 6)
	far := bytes.Clone(good)
	binary.LittleEndian.PutUint32(far[4:], 1<<31)
	many := bytes.Clone(good[:10])
	binary.LittleEndian.PutUint16(many[8:], 0xFFFF)
	for name, exif := range map[string][]byte{
		"orientation 0": exifData(binary.LittleEndian, 0), "orientation 9": exifData(binary.BigEndian, 9), "empty": {}, "a word": []byte("II*"), "another order": []byte("XX*\x00\x08\x00\x00\x00"),
		"a directory beyond the end": far, "more entries than there are": many, "cut in an entry": good[:20],
	} {
		picture, err := pictures.Read(photograph(t, kept(1), exif))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		mustLookRight(t, name, picture.Data)
	}
}

func TestListsGetASmallPicture(t *testing.T) {
	t.Parallel()
	picture, err := pictures.Read(asPNG(t, drawing(3000, 1500)))
	if err != nil {
		t.Fatal(err)
	}
	small, err := jpeg.Decode(bytes.NewReader(picture.Small))
	if err != nil {
		t.Fatal(err)
	}
	if size := small.Bounds().Size(); size != image.Pt(shop.MaxSmallPictureSide, shop.MaxSmallPictureSide/2) || len(picture.Small) > shop.MaxSmallPictureBytes {
		t.Errorf("%v, %d bytes", size, len(picture.Small))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("\xFF\xD8\xFF\xE1\x00\x10Exif\x00\x00II*\x00\x08\x00\x00\x00"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x08eXIf"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if picture, err := pictures.Read(file); err == nil && (picture.Width == 0 || len(picture.Data) == 0) {
			t.Errorf("%d x %d, %d bytes", picture.Width, picture.Height, len(picture.Data))
		}
	})
}
