// Command shots takes pictures of Waybill with its demo data: those of the README, and with -all every page in both
// themes on a desk and on a phone, for looking at.
//
//	go run ./e2e/shots docs/images
//	go run ./e2e/shots -all /tmp/pages
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"waybill/e2e/browser"
	"waybill/e2e/program"
	"waybill/e2e/tour"
)

func main() {
	only := flag.String("only", "", "with -all: only pages whose name begins like this")
	all := flag.Bool("all", false, "every page, light and dark, on a desk and on a phone, instead of the README's")
	widths := flag.String("widths", "1280,390", "with -all: how wide the windows are, in pixels")
	site := flag.String("url", "", "a running server with demo data, instead of one of its own")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./e2e/shots [-all [-only PREFIX] [-widths PIXELS,...]] [-url URL] DIR")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	wanted := pages{only: *only}
	if err := wanted.sized(*widths); err != nil {
		fmt.Fprintln(os.Stderr, "shots:", err)
		os.Exit(2)
	}
	if err := run(ctx, *site, *all, wanted, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "shots:", err)
		os.Exit(1)
	}
}

// pages are those that -all takes: whose name begins with only, in windows of these widths.
type pages struct {
	only   string
	widths []int64
}

func (p *pages) sized(widths string) error {
	for word := range strings.SplitSeq(widths, ",") {
		width, err := strconv.ParseInt(word, 10, 64)
		if err != nil || width < 200 || width > 4000 {
			return fmt.Errorf("-widths %s: a width is 200 to 4000 pixels", word)
		}
		p.widths = append(p.widths, width)
	}
	return nil
}

func run(ctx context.Context, site string, all bool, wanted pages, dir string) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if site == "" {
		server, closeServer, err := demo(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, closeServer()) }()
		site = server.URL
	}
	b, err := browser.Start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	guide := &tour.Guide{Site: site, Browser: b}
	defer guide.Close()
	if all {
		return everyPage(ctx, guide, wanted, dir)
	}
	return readme(ctx, guide, dir)
}

// demo starts a server with a demo shop of its own, which is gone after closing.
func demo(ctx context.Context) (server *program.Server, closeServer func() error, err error) {
	dir, err := os.MkdirTemp("", "waybill-shots-")
	if err != nil {
		return nil, nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL runs as another user when we are root
		return nil, nil, err
	}
	built, err := program.Build(ctx, dir)
	if err == nil {
		server, err = built.Serve(ctx, dir, []string{"WAYBILL_DATA=" + filepath.Join(dir, "data")}, "--demo")
	}
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return server, func() error {
		_, err := server.Stop()
		return errors.Join(err, os.RemoveAll(dir))
	}, nil
}

// readme takes the pictures of the README.
func readme(ctx context.Context, guide *tour.Guide, dir string) error {
	desk, phone := browser.Look{Width: 1440, Height: 900}, browser.Look{Width: 390, Height: 844}
	for _, stop := range tour.Stops() {
		if err := ctx.Err(); err != nil {
			return err
		}
		for name, look := range map[string]browser.Look{stop.Picture: desk, stop.PhonePicture: phone} {
			if name == "" {
				continue
			}
			if err := take(guide, stop, look, false, filepath.Join(dir, name+".png")); err != nil {
				return err
			}
		}
	}
	return nil
}

// everyPage takes every page in every look, and goes on when one of them cannot be had.
func everyPage(ctx context.Context, guide *tour.Guide, wanted pages, dir string) error {
	var problems []error
	for _, stop := range tour.Stops() {
		if !strings.HasPrefix(stop.Name, wanted.only) {
			continue
		}
		for _, width := range wanted.widths {
			for theme, dark := range map[string]bool{"light": false, "dark": true} {
				if err := ctx.Err(); err != nil {
					return err
				}
				look := browser.Look{Width: width, Height: 900, Dark: dark}
				path := filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", stop.Name, width, theme))
				problems = append(problems, take(guide, stop, look, true, path))
			}
		}
	}
	for _, complaint := range guide.Problems() {
		problems = append(problems, errors.New(complaint))
	}
	return errors.Join(problems...)
}

func take(guide *tour.Guide, stop tour.Stop, look browser.Look, whole bool, path string) error {
	tab, err := guide.Go(stop, look)
	if err != nil {
		return err
	}
	picture, err := tab.Screenshot(whole)
	if err != nil {
		return fmt.Errorf("%s: %w", stop.Name, err)
	}
	return os.WriteFile(path, picture, 0o600)
}
