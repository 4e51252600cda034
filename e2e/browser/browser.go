// Package browser drives a real Chromium as people use one: they find things by what they are and what is written on
// them, click, type, and wait until they see what they expect.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// ErrMissing says that no browser is installed.
var ErrMissing = errors.New("no Chromium or Chrome is installed (scripts/test-setup.sh says how to get one)")

// closeTimeout is what the browser gets to end by itself.
const closeTimeout = 10 * time.Second

// names are the programs that Find looks for, in this order. scripts/test-setup.sh knows the same.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell"}

// macOS has applications instead of programs.
const macOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

// Find returns the path of the installed browser, or ErrMissing.
func Find() (string, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	if _, err := os.Stat(macOS); runtime.GOOS == "darwin" && err == nil {
		return macOS, nil
	}
	return "", ErrMissing
}

// Browser is one running browser, in which several people can work without knowing of each other.
type Browser struct {
	ctx    context.Context //nolint:containedctx // chromedp keeps its state in contexts
	cancel context.CancelFunc
	data   string
}

// Start starts the browser that Find finds. It needs nothing from the network but what pages ask for.
func Start() (*Browser, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp("", "waybill-browser-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(data),
		chromedp.NoSandbox, // its pages are ours, and containers run as root
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &Browser{ctx: ctx, cancel: func() { cancel(); stop() }, data: data}
	if err := chromedp.Do(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", path, err), b.Close())
	}
	return b, nil
}

// Close ends the browser and everything that is open in it.
func (b *Browser) Close() error {
	ctx, cancel := context.WithTimeout(b.ctx, closeTimeout)
	defer cancel()
	err := chromedp.Cancel(ctx)
	b.cancel()
	return errors.Join(err, os.RemoveAll(b.data))
}

// Look is how a person sees pages.
type Look struct {
	Width, Height int64 // CSS pixels; zero is 1280 x 900
	Dark          bool
	NoScript      bool // JavaScript is switched off
}

// Open opens an empty tab for somebody whom no site has seen before.
func (b *Browser) Open(look Look) (*Tab, error) {
	return open(b.ctx, look, chromedp.WithNewBrowserContext())
}

func open(parent context.Context, look Look, options ...chromedp.ContextOption) (*Tab, error) {
	ctx, cancel := chromedp.NewContext(parent, options...)
	t := &Tab{ctx: ctx, cancel: cancel, notes: &notes{}}
	if err := t.prepare(look); err != nil {
		cancel()
		return nil, fmt.Errorf("open a tab: %w", err)
	}
	return t, nil
}

func (t *Tab) prepare(look Look) error {
	if err := chromedp.Listen(t.ctx, t.notes.take); err != nil {
		return err
	}
	if _, err := chromedp.Call(t.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: look.NoScript}); err != nil {
		return err
	}
	return t.Resize(look)
}

// Resize changes how the person sees pages, this one included. NoScript stays as it was.
func (t *Tab) Resize(look Look) error {
	if look.Width == 0 {
		look.Width, look.Height = 1280, 900
	}
	t.look = look
	scheme := "light"
	if look.Dark {
		scheme = "dark"
	}
	// Nothing moves: a test looks at where things end up.
	_, err := chromedp.Call(t.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	if err != nil {
		return err
	}
	_, err = chromedp.Call(t.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: look.Width, Height: look.Height, DeviceScaleFactor: 1, Mobile: false,
	})
	if err != nil {
		return err
	}
	// Even with reduced motion, a style sheet may change colours over the next frame.
	return t.Await("nothing moves", "document.getAnimations().every((a) => a.effect.getComputedTiming().endTime === Infinity)")
}

// Screenshot is a PNG of what is to be seen, or with whole of the page down to its end.
func (t *Tab) Screenshot(whole bool) ([]byte, error) {
	shot, err := chromedp.Call(t.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &whole})
	return shot.Data, err
}
