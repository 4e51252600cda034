// Package pictures makes pictures safe to show. What people send is decoded and written anew, small enough for a page:
// nothing of the file itself, neither its metadata nor what else may hide in it, reaches a visitor.
package pictures

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // the formats that are read
	"image/jpeg"

	"waybill/shop"
)

// qualities are tried one after the other until a picture is small enough.
var qualities = []int{85, 70, 50, 30}

// Read makes a picture of the bytes of a file: PNG, JPEG or the first frame of a GIF. What is none of them, too large or
// broken is CodeInvalid in the field "picture".
func Read(file []byte) (shop.Picture, error) {
	if len(file) == 0 {
		return refuse("Choose a picture first.")
	}
	if len(file) > shop.MaxPictureUpload {
		return refuse(fmt.Sprintf("The file is larger than %d MB.", shop.MaxPictureUpload>>20))
	}
	// The head alone says how much memory the rest would take.
	config, _, err := image.DecodeConfig(bytes.NewReader(file))
	switch {
	case err != nil:
		return refuse("This is not a picture that can be read. Use a JPEG, PNG or GIF file.")
	case config.Width <= 0 || config.Height <= 0 || config.Width > shop.MaxPicturePixels/config.Height:
		return refuse(fmt.Sprintf("The picture has more than %d million pixels.", shop.MaxPicturePixels/1_000_000))
	}
	decoded, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return refuse("The picture is damaged: it ends too early or does not hold together.")
	}
	return keep(hold(shrink(decoded, shop.MaxPictureSide), orientation(file)))
}

func refuse(message string) (shop.Picture, error) {
	return shop.Picture{}, shop.Invalid("picture", message)
}

// Encode writes an image as it is kept: at most shop.MaxPictureSide wide and high, and once more for lists, at most
// shop.MaxSmallPictureSide. What can be seen through is drawn on white, so that it looks the same in a dark page.
func Encode(src image.Image) (shop.Picture, error) { return keep(shrink(src, shop.MaxPictureSide)) }

func keep(src *image.RGBA) (shop.Picture, error) {
	data, err := compress(src, shop.MaxPictureBytes)
	if err != nil {
		return shop.Picture{}, err
	}
	small, err := compress(shrink(src, shop.MaxSmallPictureSide), shop.MaxSmallPictureBytes)
	if err != nil {
		return shop.Picture{}, err
	}
	sum := sha256.Sum256(data)
	return shop.Picture{Hash: hex.EncodeToString(sum[:]), MediaType: "image/jpeg", Width: src.Rect.Dx(), Height: src.Rect.Dy(), Data: data, Small: small}, nil
}

// compress writes a JPEG of at most so many bytes.
func compress(src *image.RGBA, most int) ([]byte, error) {
	for _, quality := range qualities {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, src, &jpeg.Options{Quality: quality}); err != nil {
			return nil, err
		}
		if out.Len() <= most {
			return out.Bytes(), nil
		}
	}
	return nil, shop.Invalid("picture", "The picture has too much in it to be made small.")
}

// shrink draws an image on white and makes it fit a square: each pixel of the result is the mean of those that it stands
// for, which keeps fine lines without an outside library. It works in strips, so that a large picture is not held twice.
func shrink(src image.Image, side int) *image.RGBA {
	from := src.Bounds()
	width, height := from.Dx(), from.Dy()
	if largest := max(width, height); largest > side {
		width, height = max(width*side/largest, 1), max(height*side/largest, 1)
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		top, bottom := y*from.Dy()/height, (y+1)*from.Dy()/height
		strip := image.NewRGBA(image.Rect(0, 0, from.Dx(), bottom-top))
		draw.Draw(strip, strip.Bounds(), image.White, image.Point{}, draw.Src)
		draw.Draw(strip, strip.Bounds(), src, image.Pt(from.Min.X, from.Min.Y+top), draw.Over)
		for x := range width {
			small.SetRGBA(x, y, mean(strip, image.Rect(x*from.Dx()/width, 0, (x+1)*from.Dx()/width, bottom-top)))
		}
	}
	return small
}

func mean(src *image.RGBA, cell image.Rectangle) color.RGBA {
	var r, g, b, n uint64
	for y := cell.Min.Y; y < cell.Max.Y; y++ {
		row := src.Pix[src.PixOffset(cell.Min.X, y) : src.PixOffset(cell.Max.X-1, y)+4]
		for i := 0; i < len(row); i += 4 {
			r, g, b, n = r+uint64(row[i]), g+uint64(row[i+1]), b+uint64(row[i+2]), n+1
		}
	}
	return color.RGBA{R: uint8(r / n), G: uint8(g / n), B: uint8(b / n), A: 255} //nolint:gosec // a mean of bytes is one
}
