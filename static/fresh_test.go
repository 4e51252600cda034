package static_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The committed stylesheet and sprite are what their sources build. Building
// needs Node and the development packages, which running and testing Waybill do
// not; without them package views still proves that no class is missing.
func TestBuiltFilesAreFresh(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("SKIPPED, NOT PROVEN: Node is not installed, so static/app.css and static/icons.svg were not rebuilt and compared")
	}
	if _, err := os.Stat("src/node_modules/tailwindcss"); err != nil {
		t.Skip("SKIPPED, NOT PROVEN: run `npm install` in static/src to have static/app.css and static/icons.svg rebuilt and compared")
	}
	for name, command := range map[string][]string{
		"app.css":   {"node_modules/.bin/tailwindcss", "--input", "app.css", "--minify", "--output"},
		"icons.svg": {"node", "icons.mjs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			built := filepath.Join(t.TempDir(), name)
			cmd := exec.CommandContext(t.Context(), command[0], append(command[1:], built)...)
			cmd.Dir = "src"
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if !bytes.Equal(onDisk(t, built), onDisk(t, name)) {
				t.Errorf("static/%s is stale; run `npm run build` in static/src and commit it", name)
			}
		})
	}
}
