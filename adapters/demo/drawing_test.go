package demo

import (
	"bytes"
	"image"
	"slices"
	"testing"
	"time"
)

// TestGoodsHavePictures draws all goods twice: each has a picture of its own, and the same one again.
func TestGoodsHavePictures(t *testing.T) {
	t.Parallel()
	w, err := Open(Options{Now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string][]byte{}
	for range 2 {
		err := w.Pictures(func(product string, img image.Image) error {
			dots := img.(*image.RGBA).Pix
			if before, again := drawn[product]; again && !bytes.Equal(before, dots) {
				t.Errorf("%s looks different the second time", product)
			}
			drawn[product] = dots
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(drawn) != len(w.products) {
		t.Errorf("%d pictures of %d products", len(drawn), len(w.products))
	}
	seen := map[string]string{}
	for product, dots := range drawn {
		if other, same := seen[string(dots)]; same {
			t.Errorf("%s looks like %s", product, other)
		}
		seen[string(dots)] = product
	}
}

func TestMotifs(t *testing.T) {
	t.Parallel()
	all := motifs()
	for name, want := range map[string]string{
		"Roll-Top Dry Bag 10 l": "dry-bag", "Larch Sleeping Bag +2": "roll", "Cotton Socks 3 Pack": "socks", "Cable Cardigan": "sweater", "Headphone Cable 3 m": "cable",
		"Headphone Stand": "stand", "Brush Pen Fude": "pen", "Tea Strainer Fine": "spork", "Pen Tray Hinoki": "tray", "Reporter Pad": "papers",
	} {
		if m, found := motifOf(all, name); !found || m.words[0] != want {
			t.Errorf("%s is drawn as %v, want %s", name, m.words, want)
		}
	}
	tones := (&product{name: "x", skus: []*sku{{}}}).tones()
	for _, m := range all {
		for _, shape := range m.shapes {
			if tones[shape[:1]] == nil {
				t.Errorf("%s: no tone of %q", m.words[0], shape)
			}
			lines, err := outline(shape[2:])
			if err != nil {
				t.Errorf("%s: %q: %v", m.words[0], shape, err)
			}
			for _, at := range slices.Concat(lines...) {
				if at.x < 0 || at.y < 0 || at.x > sheetSide || at.y > sheetSide {
					t.Errorf("%s: %q leaves the sheet at %v", m.words[0], shape, at)
					break
				}
			}
		}
	}
	for _, bad := range []string{"R 1 2 3", "O 1 2", "P 1 2 3", "C M 1 2", "C Q 1 2 3 4", "W x M 1 2 L 3 4", "X 1", "C M 1", "E a b c d"} {
		if _, err := outline(bad); err == nil {
			t.Errorf("%q can be drawn", bad)
		}
	}
}
