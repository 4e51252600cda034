package ui

import (
	"image/color"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/code128"
)

// quietZone is the blank margin that a scanner needs on either side of Code 128, in modules (ISO/IEC 15417).
const quietZone = 10

// barcodeBars draws a text as Code 128: the path of its bars in modules, and how wide it is. A text that Code 128 cannot say
// has no bars.
func barcodeBars(text string) (path string, width int) {
	code, err := code128.Encode(text)
	if err != nil {
		return "", 0
	}
	var b strings.Builder
	modules := code.Bounds().Dx()
	for x := 0; x < modules; {
		bar := x
		for x < modules && code.At(x, 0) == color.Black {
			x++
		}
		if x > bar {
			b.WriteString("M" + strconv.Itoa(quietZone+bar) + " 0h" + strconv.Itoa(x-bar) + "v40h-" + strconv.Itoa(x-bar) + "z")
			continue
		}
		x++
	}
	return b.String(), modules + 2*quietZone
}

func barcodeBox(width int) string { return "0 0 " + strconv.Itoa(width) + " 40" }
