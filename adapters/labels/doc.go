// Package labels draws what a merchant prints: address labels, packing slips and the manifest of a hand-over, as PDF with
// their fonts inside, ready to print at 100 %.
//
// Text comes from strangers. Names too long for their box are made smaller, then wrapped, and cut with "…" only where
// even that does not do. Scripts whose letters change with their neighbours (Arabic, Thai, Devanagari and the others of
// scripts) are shaped by the rules of a font of their own; right-to-left scripts are put into visual order; Han, Kana and
// Hangul come from another font. A font is in a document only when it is needed. Pictures such as emoji are left out; a letter
// that no font has stands as a box, so that somebody sees that it is missing.
package labels
