package bench

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	statementsLast    = 2 * time.Second
	statementsClients = 64
	maxLogLine        = 1 << 20
)

// statements finds where PostgreSQL's time goes while orders are placed. It has PostgreSQL log the duration of every
// statement, which costs so much that it is a load of its own, with a server of its own.
func (b *bench) statements(ctx context.Context) (err error) {
	b.say("place orders with every statement timed")
	if err := b.postgres.timeStatements(ctx, true); err != nil {
		return err
	}
	log, err := os.Open(filepath.Join(b.postgres.dir, "data", "postgres.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	timed, err := b.program.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, timed.stop(ctx), b.postgres.timeStatements(ctx, false)) }()
	maker, lasts := b.orderMaker(uniform), min(statementsLast, b.lasting())
	if _, err := (target{timed.address}).closedLoop(ctx, statementsClients, lasts, maker); err != nil {
		return err
	}
	if _, err := log.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	load, err := (target{timed.address}).closedLoop(ctx, statementsClients, lasts, maker)
	if err != nil {
		return err
	}
	b.report.Statements, err = readStatements(log, load.wanted("201"))
	return err
}

// timeStatements has PostgreSQL log the duration of every statement of connections that are made from now on.
func (p *postgres) timeStatements(ctx context.Context, on bool) error {
	if !on {
		return p.asSuperuser(ctx, "ALTER ROLE waybill RESET ALL")
	}
	return errors.Join(
		p.asSuperuser(ctx, "ALTER ROLE waybill SET log_min_duration_statement = 0"),
		p.asSuperuser(ctx, "ALTER ROLE waybill SET log_parameter_max_length = 0"))
}

// durationPattern matches the first line of a statement's entry. A prepared one has an entry for each of its steps; those
// of one statement are added up.
var durationPattern = regexp.MustCompile(`duration: ([0-9.]+) ms  (parse|bind|execute|statement)[^:]*: (.*)`)

// namePattern is how a generated query names itself.
var namePattern = regexp.MustCompile(`^-- name: (\w+)`)

func readStatements(log io.Reader, orders int64) ([]Statement, error) {
	byName := map[string]*Statement{}
	calls, total := map[string]int64{}, 0.0
	lines := bufio.NewScanner(log)
	lines.Buffer(make([]byte, 0, 64<<10), maxLogLine)
	for lines.Scan() {
		match := durationPattern.FindStringSubmatch(lines.Text())
		if match == nil {
			continue
		}
		took, err := strconv.ParseFloat(match[1], 64)
		if err != nil {
			return nil, err
		}
		name := statementName(match[3])
		if byName[name] == nil {
			byName[name] = &Statement{Name: name}
		}
		byName[name].MeanMs += took
		total += took
		if match[2] == "execute" || match[2] == "statement" {
			calls[name]++
		}
	}
	var all []Statement
	for name, s := range byName {
		s.Share = s.MeanMs / max(total, 1)
		s.MeanMs /= float64(max(calls[name], 1))
		s.PerOrder = float64(calls[name]) / float64(max(orders, 1))
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b Statement) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), strings.Compare(a.Name, b.Name))
	})
	return all, lines.Err()
}

func statementName(sql string) string {
	if match := namePattern.FindStringSubmatch(sql); match != nil {
		return match[1]
	}
	words := strings.Fields(sql)
	return strings.ToUpper(strings.TrimRight(strings.Join(words[:min(2, len(words))], " "), ";"))
}
