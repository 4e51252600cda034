package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"waybill/cmd/waybill/bench"
)

type benchCmd struct {
	Seconds      int      `default:"8" placeholder:"N" help:"How long each load lasts (${default})."`
	Clients      []int    `default:"1,8,32,64,128" placeholder:"N,..." help:"Clients that place orders at once, one load each (${default})."`
	Buyers       int      `default:"10000" placeholder:"N" help:"Buyers of the flash sale (${default}), for a tenth as many units."`
	Queue        int      `default:"10000" placeholder:"N" help:"Parcels in the merchant's queue, and unpaid orders that expire at once (${default})."`
	Watchers     int      `default:"1000" placeholder:"N" help:"Open pages of the merchant's queue (${default})."`
	Only         []string `placeholder:"NAME,..." help:"Measure these alone: ${scenarios}."`
	Pages        []string `placeholder:"NAME,..." help:"Of the pages, measure these alone: ${pages}."`
	Alternatives bool     `help:"Measure other ways to keep a stock, too."`
	Quick        bool     `help:"One second each, two numbers of clients, 200 buyers: shows that everything works, and no speed."`
	JSON         string   `name:"json" placeholder:"FILE" help:"Write the results as JSON, too."`
	Markdown     string   `placeholder:"FILE" help:"Put what is printed into this document, in place of the figures of an earlier run."`
	CPUProfile   string   `name:"cpuprofile" placeholder:"FILE" help:"Write a CPU profile of the server, for go tool pprof."`
	Dir          string   `placeholder:"DIR" help:"Where the data lies meanwhile. Unset: a temporary directory on a disk."`
}

// Run measures this program on this machine, beside pgbench. It needs no database: it starts its own and removes it.
func (c benchCmd) Run(ctx context.Context, a *app) error {
	config, err := c.config(a)
	if err != nil {
		return usageError{err}
	}
	return bench.Run(ctx, config)
}

func (c benchCmd) config(a *app) (bench.Config, error) {
	known := bench.Scenarios()
	for _, name := range c.Only {
		if !slices.Contains(known, name) {
			return bench.Config{}, fmt.Errorf("nothing to measure is called %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	pages := bench.PageNames()
	for _, name := range c.Pages {
		if !slices.Contains(pages, name) {
			return bench.Config{}, fmt.Errorf("no page to measure is called %q; there are %s", name, strings.Join(pages, ", "))
		}
	}
	if c.Quick {
		c.Seconds, c.Clients, c.Buyers, c.Queue, c.Watchers = 1, []int{1, 16}, 200, 120, 50
	}
	if c.Seconds < 1 || c.Buyers < 10 || c.Queue < 1 || c.Watchers < 1 || slices.ContainsFunc(c.Clients, func(n int) bool { return n < 1 || n > bench.MaxClients }) {
		return bench.Config{}, fmt.Errorf("--seconds, --queue and --watchers must be at least 1, --buyers at least 10, and --clients from 1 to %d each", bench.MaxClients)
	}
	if c.Alternatives && len(c.Only) == 0 {
		c.Only = known
	} else if c.Alternatives {
		c.Only = append(c.Only, "alternatives")
	}
	warmUp := 2 * time.Second
	if c.Quick {
		warmUp = 0
	}
	self, err := os.Executable()
	if err != nil {
		return bench.Config{}, errors.Join(errors.New("find this program"), err)
	}
	return bench.Config{
		Program: self, Command: "waybill " + strings.Join(os.Args[1:], " "), Seconds: c.Seconds, Quick: c.Quick, WarmUp: warmUp, Clients: c.Clients, Buyers: c.Buyers, Queue: c.Queue, Watchers: c.Watchers,
		Only: c.Only, Pages: c.Pages, Dir: c.Dir, JSON: c.JSON, Markdown: c.Markdown, Profile: c.CPUProfile, Out: a.stdout, Say: a.tell,
	}, nil
}
