package demo

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/vector"
)

//go:embed motifs.txt
var motifsFile string

const (
	pictureSide = 400 // pixels
	sheetSide   = 100 // units of motifs.txt
)

// motif is what a picture shows, and the words in names of goods that it stands for.
type motif struct {
	words  []string
	shapes []string
}

// motifs reads motifs.txt.
func motifs() []motif {
	var all []motif
	for line := range strings.Lines(motifsFile) {
		line = strings.TrimSpace(line)
		switch words, begins := strings.CutSuffix(line, ":"); {
		case line == "" || line[0] == '#':
		case begins:
			all = append(all, motif{words: strings.Fields(words)})
		default:
			all[len(all)-1].shapes = append(all[len(all)-1].shapes, line)
		}
	}
	return all
}

// motifOf finds what stands for a product: the word that comes last in its name says what it is ("Fountain Pen" is a pen),
// a word in parts ("brush-pen") counts more than its parts.
func motifOf(all []motif, name string) (best motif, found bool) {
	text := " " + strings.ToLower(strings.ReplaceAll(name, "-", " ")) + " "
	most := 0
	for _, m := range all {
		for _, word := range m.words {
			for _, form := range []string{word, word + "s"} {
				at := strings.LastIndex(text, " "+strings.ReplaceAll(form, "-", " ")+" ")
				if weight := at + 1 + 100*strings.Count(word, "-"); at >= 0 && weight > most {
					best, found, most = m, true, weight
				}
			}
		}
	}
	return best, found
}

// dyes are what the first word of a variant says of a colour, as hue, saturation and lightness.
var dyes = map[string][3]float64{
	"fern": {105, .28, .42}, "sand": {38, .35, .66}, "charcoal": {215, .09, .32}, "moss": {88, .26, .40}, "slate": {212, .18, .45}, "orange": {22, .75, .56},
	"bone": {42, .28, .80}, "black": {220, .08, .24}, "navy": {222, .42, .30}, "oatmeal": {38, .26, .76}, "ecru": {42, .30, .80}, "white": {210, .18, .90}, "olive": {72, .28, .36},
	"indigo": {232, .38, .38}, "camel": {31, .45, .58}, "grey": {214, .06, .55}, "dove": {214, .10, .68}, "salt": {205, .14, .84}, "walnut": {24, .38, .36}, "cream": {44, .45, .80},
	"peat": {28, .26, .34}, "tan": {28, .48, .50}, "natural": {40, .32, .74}, "steel": {210, .08, .64}, "sea": {192, .35, .46}, "lambswool": {222, .42, .30}, "check": {6, .42, .44},
}

// hues are those of goods that no variant names a colour of.
var hues = []float64{10, 24, 40, 92, 152, 174, 198, 216, 234, 344}

// dye is the colour of a product: that of its first variant, or else one that its name decides.
func (p *product) dye() [3]float64 {
	first, _, _ := strings.Cut(p.skus[0].variant, " / ")
	if dye, named := dyes[strings.ToLower(first)]; named {
		return dye
	}
	n := int(fingerprint(p.name) % 1000)
	return [3]float64{hues[n%len(hues)], .28 + float64(n/10%10)/80, .42 + float64(n/100)/80}
}

func fingerprint(name string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return h.Sum32()
}

// tones are the colours of a picture by the letters of motifs.txt, with those of the wall and the floor behind.
func (p *product) tones() map[string]color.Color {
	dye, n := p.dye(), fingerprint(p.name)
	h, s, l := dye[0], dye[1], dye[2]
	behind := math.Mod(h+150+float64(n%60), 360)
	return map[string]color.Color{
		"m": hsl(h, s, l), "d": hsl(h, s, l*.76), "l": hsl(h, s*.9, l+(1-l)*.38), "a": hsl(hues[n%uint32(len(hues))], .55, .56),
		"w": hsl(40, .25, .96), "k": hsl(220, .12, .20), "s": hsl(212, .10, .78), "g": hsl(214, .10, .56), "b": hsl(28, .38, .56), "n": hsl(24, .40, .30), "y": hsl(46, .88, .72),
		"wall": hsl(behind, .26, .91), "floor": hsl(behind, .24, .84),
	}
}

// hsl is a colour of a hue in degrees, a saturation and a lightness.
func hsl(hue, saturation, lightness float64) color.Color {
	part := func(n float64) uint8 {
		k := math.Mod(n+hue/30, 12)
		a := saturation * min(lightness, 1-lightness)
		return uint8(math.Round(255 * (lightness - a*max(-1, min(k-3, 9-k, 1)))))
	}
	return color.RGBA{R: part(0), G: part(8), B: part(4), A: 255}
}

// Pictures draws the goods by their names, one after the other.
func (w *World) Pictures(emit func(product string, img image.Image) error) error {
	all := motifs()
	for _, p := range w.products {
		m, found := motifOf(all, p.name)
		if !found {
			return fmt.Errorf("motifs.txt: nothing stands for %s", p.name)
		}
		img, err := p.draw(m)
		if err != nil {
			return err
		}
		if err := emit(p.name, img); err != nil {
			return err
		}
	}
	return nil
}

// draw shows the motif in the colours of the product, on a floor before a wall, with its shadow.
func (p *product) draw(m motif) (*image.RGBA, error) {
	tones := p.tones()
	sheet := canvas{image.NewRGBA(image.Rect(0, 0, pictureSide, pictureSide))}
	draw.Draw(sheet.img, sheet.img.Rect, image.NewUniform(tones["wall"]), image.Point{}, draw.Src)
	sheet.fill(tones["floor"], box(0, 70, sheetSide, 30, 0))
	for _, width := range []float64{44, 40, 36, 32} {
		sheet.fill(color.NRGBA{A: 12}, oval(50, 86, width, width/9))
	}
	for _, shape := range m.shapes {
		tone, what, _ := strings.Cut(shape, " ")
		outlines, err := outline(what)
		if err != nil || tones[tone] == nil {
			return nil, fmt.Errorf("motifs.txt: %q: %w", shape, err)
		}
		sheet.fill(tones[tone], outlines...)
	}
	return sheet.img, nil
}

// canvas draws in units of the sheet.
type canvas struct{ img *image.RGBA }

type point struct{ x, y float64 }

// fill paints what is within any of the outlines. They all go round the same way, or what overlaps would cancel out.
func (c canvas) fill(tone color.Color, outlines ...[]point) {
	const scale = float64(pictureSide) / sheetSide
	r := vector.NewRasterizer(pictureSide, pictureSide)
	for _, line := range outlines {
		if area(line) < 0 {
			slices.Reverse(line)
		}
		r.MoveTo(float32(line[0].x*scale), float32(line[0].y*scale))
		for _, at := range line[1:] {
			r.LineTo(float32(at.x*scale), float32(at.y*scale))
		}
		r.ClosePath()
	}
	r.Draw(c.img, c.img.Rect, image.NewUniform(tone), image.Point{})
}

// area is twice what a line goes round, negative when it goes the other way.
func area(line []point) (sum float64) {
	for i, a := range line {
		b := line[(i+1)%len(line)]
		sum += a.x*b.y - b.x*a.y
	}
	return sum
}

// outline reads what to draw.
func outline(what string) ([][]point, error) {
	kind, rest, _ := strings.Cut(what, " ")
	if kind == "C" {
		line, err := path(strings.Fields(rest))
		return [][]point{line}, err
	}
	if kind == "W" {
		width, rest, _ := strings.Cut(rest, " ")
		n, err := numbers([]string{width})
		if err != nil {
			return nil, err
		}
		line, err := path(strings.Fields(rest))
		return stroke(line, n[0]), err
	}
	n, err := numbers(strings.Fields(rest))
	switch {
	case err != nil:
	case kind == "R" && len(n) == 5:
		return [][]point{box(n[0], n[1], n[2], n[3], n[4])}, nil
	case kind == "O" && len(n) == 3:
		return [][]point{oval(n[0], n[1], n[2], n[2])}, nil
	case kind == "E" && len(n) == 4:
		return [][]point{oval(n[0], n[1], n[2], n[3])}, nil
	case kind == "P" && len(n) >= 6 && len(n)%2 == 0:
		return [][]point{points(n)}, nil
	default:
		err = fmt.Errorf("%s with %d numbers", kind, len(n))
	}
	return nil, err
}

func numbers(words []string) ([]float64, error) {
	out := make([]float64, len(words))
	for i, word := range words {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

func points(n []float64) (line []point) {
	for pair := range slices.Chunk(n, 2) {
		line = append(line, point{pair[0], pair[1]})
	}
	return line
}

// curveSteps is into how many straight pieces a curve is cut.
const curveSteps = 16

// path reads M, L and Q with their numbers.
func path(words []string) ([]point, error) {
	var line []point
	for len(words) > 0 {
		wanted := map[string]int{"M": 2, "L": 2, "Q": 4}[words[0]]
		if wanted == 0 || len(words) <= wanted || (words[0] == "Q" && len(line) == 0) {
			return nil, fmt.Errorf("a path goes on with %q", words[0])
		}
		n, err := numbers(words[1 : 1+wanted])
		if err != nil {
			return nil, err
		}
		if to := points(n); wanted == 2 {
			line = append(line, to[0])
		} else {
			line = append(line, curve(line[len(line)-1], to[0], to[1])...)
		}
		words = words[1+wanted:]
	}
	if len(line) < 2 {
		return nil, fmt.Errorf("a path of %d points", len(line))
	}
	return line, nil
}

// curve is a quadratic Bézier curve without its first point.
func curve(from, by, to point) (line []point) {
	for i := 1; i <= curveSteps; i++ {
		t := float64(i) / curveSteps
		a, b, c := (1-t)*(1-t), 2*t*(1-t), t*t
		line = append(line, point{a*from.x + b*by.x + c*to.x, a*from.y + b*by.y + c*to.y})
	}
	return line
}

// stroke is a line with round joints and ends.
func stroke(line []point, width float64) [][]point {
	var all [][]point
	for i, at := range line {
		all = append(all, oval(at.x, at.y, width/2, width/2))
		if i == 0 {
			continue
		}
		from := line[i-1]
		if length := math.Hypot(at.x-from.x, at.y-from.y); length > 0 {
			dx, dy := (at.y-from.y)/length*width/2, (from.x-at.x)/length*width/2
			all = append(all, []point{{from.x + dx, from.y + dy}, {from.x - dx, from.y - dy}, {at.x - dx, at.y - dy}, {at.x + dx, at.y + dy}})
		}
	}
	return all
}

const ovalSteps = 48

func oval(x, y, rx, ry float64) (line []point) {
	for i := range ovalSteps {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / ovalSteps)
		line = append(line, point{x + rx*cos, y + ry*sin})
	}
	return line
}

// box is a rectangle with rounded corners.
func box(x, y, w, h, radius float64) (line []point) {
	radius = min(radius, w/2, h/2)
	corners := []point{{x + w - radius, y + h - radius}, {x + radius, y + h - radius}, {x + radius, y + radius}, {x + w - radius, y + radius}}
	for i, c := range corners {
		for step := 0; step <= curveSteps/2; step++ {
			sin, cos := math.Sincos(math.Pi / 2 * (float64(i) + float64(step)/(curveSteps/2)))
			line = append(line, point{c.x + radius*cos, c.y + radius*sin})
		}
	}
	return line
}
