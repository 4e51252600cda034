// Package labels draws what a merchant prints: address labels, packing slips and the manifest of a hand-over, as PDF with
// their fonts inside, ready to print at 100 %.
//
// Text comes from strangers. Names too long for their box are made smaller, then wrapped, and cut with "…" only where
// even that does not do; right-to-left scripts are joined and put into visual order; Han, Kana and Hangul come from a second
// font, which is in a document only when it is needed. Pictures such as emoji are left out; a letter that no font has stands
// as a box, so that somebody sees that it is missing.
package labels
