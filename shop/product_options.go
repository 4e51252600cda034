package shop

import (
	"fmt"
	"strings"
)

// Limits of the options from which variants are made.
const (
	MaxOptions      = 3
	MaxOptionValues = 50 // of one option
	MaxSKUCodeStem  = 40 // characters of the code before the values, so that there is room for them
)

// Option is something in which variants differ: "Size" with "S", "M" and "L".
type Option struct {
	Name   string
	Values []string
}

// ParseOptions reads options as people write them: one per line, "Size: S, M, L". What is not like that, and what would
// make more variants than a product can have, is CodeInvalid.
func ParseOptions(text string) ([]Option, error) {
	refuse := func(message string) ([]Option, error) { return nil, Invalid("options", message) }
	attributes, err := ParseAttributes(text)
	if err != nil {
		return refuse("Write one option per line, each once, such as Size: S, M, L.")
	}
	if len(attributes) > MaxOptions {
		return refuse(fmt.Sprintf("There can be at most %d options.", MaxOptions))
	}
	var options []Option
	variants := 1
	for line := range strings.Lines(text) {
		name, values, _ := strings.Cut(line, ":")
		option := Option{Name: oneLine(name)}
		seen := map[string]bool{}
		for value := range strings.SplitSeq(values, ",") {
			if value = oneLine(value); value == "" {
				continue
			}
			if seen[value] {
				return refuse(fmt.Sprintf("“%s” comes twice among the values of %s.", value, option.Name))
			}
			seen[value] = true
			option.Values = append(option.Values, value)
		}
		if option.Name == "" && len(option.Values) == 0 {
			continue
		}
		if len(option.Values) == 0 || len(option.Values) > MaxOptionValues {
			return refuse(fmt.Sprintf("%s needs 1 to %d values.", option.Name, MaxOptionValues))
		}
		if variants *= len(option.Values); variants > MaxProductSKUs {
			return refuse(fmt.Sprintf("These would be more than %d variants.", MaxProductSKUs))
		}
		options = append(options, option)
	}
	return options, nil
}

// Variants are all combinations of the options, the last one changing fastest: each a copy of the stem with the values as
// its name, as attributes, and behind the stem's code.
func Variants(stem SKUDraft, options []Option) []SKUDraft {
	variants := []SKUDraft{stem}
	for _, option := range options {
		var next []SKUDraft
		for _, v := range variants {
			for _, value := range option.Values {
				next = append(next, v.with(option.Name, value))
			}
		}
		variants = next
	}
	return variants
}

func (d SKUDraft) with(name, value string) SKUDraft {
	attributes := map[string]string{name: value}
	for k, v := range d.Attributes {
		if _, own := attributes[k]; !own {
			attributes[k] = v
		}
	}
	d.Attributes = attributes
	if d.Variant != "" {
		d.Variant += " / "
	}
	d.Variant += value
	part := strings.ToUpper(Slug(value, MaxSKUCode))
	if part == "" { // no letter of it fits a barcode
		part = fmt.Sprintf("V%X", fold(value))
	}
	d.Code += "-" + part
	return d
}

// fold makes a short number of a text, the same each time (FNV-1a, 16 bits of it).
func fold(text string) uint32 {
	hash := uint32(2166136261)
	for _, b := range []byte(text) {
		hash = (hash ^ uint32(b)) * 16777619
	}
	return (hash ^ hash>>16) & 0xffff
}
