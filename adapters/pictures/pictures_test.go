package pictures_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"waybill/adapters/pictures"
	"waybill/shop"
)

func drawing(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetNRGBA(x, y, color.NRGBA{R: 200, G: 30, B: 30, A: 255})
		}
	}
	return img
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPicturesAreWrittenAnew(t *testing.T) {
	t.Parallel()
	file := append(asPNG(t, drawing(3000, 1500)), []byte("<script>alert(1)</script>")...)
	picture, err := pictures.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if picture.Width != 1200 || picture.Height != 600 || picture.MediaType != "image/jpeg" || len(picture.Hash) != 64 {
		t.Errorf("%d x %d %s %s", picture.Width, picture.Height, picture.MediaType, picture.Hash)
	}
	if bytes.Contains(picture.Data, []byte("script")) {
		t.Error("what hid in the file is still there")
	}
	back, err := jpeg.Decode(bytes.NewReader(picture.Data))
	if err != nil {
		t.Fatal(err)
	}
	if r, g, b, _ := back.At(600, 300).RGBA(); r>>8 < 180 || g>>8 > 60 || b>>8 > 60 {
		t.Errorf("the red is %d %d %d", r>>8, g>>8, b>>8)
	}
	again, _ := pictures.Read(file)
	if again.Hash != picture.Hash {
		t.Error("the same file is another picture the second time")
	}
}

func TestWhatIsSeenThroughIsWhite(t *testing.T) {
	t.Parallel()
	picture, err := pictures.Read(asPNG(t, image.NewNRGBA(image.Rect(0, 0, 10, 10))))
	if err != nil {
		t.Fatal(err)
	}
	back, _ := jpeg.Decode(bytes.NewReader(picture.Data))
	if r, _, _, _ := back.At(5, 5).RGBA(); r>>8 < 250 {
		t.Errorf("it is %d", r>>8)
	}
}

// Noise cannot be packed well; it must fit all the same.
func TestTheWorstPictureFits(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 1200, 1200))
	dice := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(dice.Uint32())
	}
	picture, err := pictures.Encode(img)
	if err != nil || len(picture.Data) > shop.MaxPictureBytes {
		t.Errorf("%d bytes, %v", len(picture.Data), err)
	}
}

// bomb is a PNG whose head promises more pixels than anybody has memory for.
func bomb(t *testing.T) []byte {
	t.Helper()
	file := asPNG(t, drawing(1, 1))
	head := file[12:29] // IHDR and its 13 bytes
	binary.BigEndian.PutUint32(head[4:], 100_000)
	binary.BigEndian.PutUint32(head[8:], 100_000)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(head))
	return file
}

func TestBadPicturesAreNamed(t *testing.T) {
	t.Parallel()
	cut := asPNG(t, drawing(300, 300))
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":    {nil, "Choose a picture"},
		"a text":     {[]byte("hello"), "not a picture"},
		"an SVG":     {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), "not a picture"},
		"10 MB":      {make([]byte, 10<<20), "larger than 8 MB"},
		"cut off":    {cut[:len(cut)/2], "damaged"},
		"a bomb":     {bomb(t), "million pixels"},
		"an archive": {[]byte("PK\x03\x04" + strings.Repeat("x", 100)), "not a picture"},
	} {
		_, err := pictures.Read(tt.file)
		if shop.CodeOf(err) != shop.CodeInvalid || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "[picture") {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
