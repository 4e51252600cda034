package bench

import (
	"fmt"
	"os"
	"strings"
)

// What a run prints is Markdown. In a document it stands between these lines, and each run replaces it.
const (
	markdownBegin = "<!-- what waybill bench printed: begin -->"
	markdownEnd   = "<!-- what waybill bench printed: end -->"
)

// replaceFigures puts what a run printed into a document, in place of what is between the two lines.
func replaceFigures(path, printed string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(content), markdownBegin)
	_, after, ends := strings.Cut(rest, markdownEnd)
	if !begins || !ends {
		return fmt.Errorf("%s has no place for figures: the lines %q and %q", path, markdownBegin, markdownEnd)
	}
	text := before + markdownBegin + "\n\n" + strings.TrimSpace(printed) + "\n\n" + markdownEnd + after
	return os.WriteFile(path, []byte(text), 0o644)
}
