// Command waybill is the whole order system: the web server, and the commands that an
// operator runs beside it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"waybill/cmd/waybill/bench"
	"waybill/web"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // it was tried and did not work, or something is broken
	exitUsage  = 2 // it was not tried: the command line or a setting is wrong
)

// cli is the command line. A new command is one field here and one struct with a Run
// method in a file of its own; Run may ask for a context.Context and for *app.
type cli struct {
	web.StoreSettings

	Serve    serveCmd    `cmd:"" help:"Run the web server."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database schema up to date, or show where it stands."`
	Verify   verifyCmd   `cmd:"" help:"Check every invariant of the books."`
	Merchant merchantCmd `cmd:"" help:"Open merchants."`
	User     userCmd     `cmd:"" help:"Make accounts."`
	APIKey   apiKeyCmd   `cmd:"" name:"api-key" help:"Make, list and revoke keys for the JSON API."`
	Import   importCmd   `cmd:"" help:"Bring in records from other systems."`
	DB       dbCmd       `cmd:"" name:"db" help:"Find the database."`
	Bench    benchCmd    `cmd:"" help:"Measure this program on this machine, beside its baseline."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	ctx, cancel := untilSignal(context.Background())
	defer cancel()
	err := execute(ctx, args, stdout, stderr)
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	// One line, whatever was joined or wrapped on the way here.
	_, _ = fmt.Fprintln(stderr, "waybill: "+strings.ReplaceAll(err.Error(), "\n", "; "))
	return exitCodeOf(err)
}

func execute(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	values, dotEnvErr := readDotEnv(dotEnvFile)
	var commands cli
	parser, err := kong.New(&commands,
		kong.Name("waybill"),
		kong.Description("An order system in one binary and one PostgreSQL."),
		kong.Writers(stdout, stderr),
		kong.Vars{"scenarios": strings.Join(bench.Scenarios(), ", "), "pages": strings.Join(bench.PageNames(), ", ")},
		kong.Resolvers(dotEnv(values)),
	)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return usageError{err}
	}
	command.BindTo(ctx, (*context.Context)(nil))
	return command.Run(&app{
		stdout: stdout, stderr: stderr, settings: commands.StoreSettings, dotEnvErr: dotEnvErr,
	})
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. By then
// the signals have their usual effect again, so a second one ends the program at once.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer cancel()
		defer signal.Stop(signals)
		select {
		case <-signals:
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// Error says what was not understood and where to look.
func (e usageError) Error() string { return e.error.Error() + "; see waybill --help" }

// Unwrap returns what was not understood.
func (e usageError) Unwrap() error { return e.error }

func exitCodeOf(err error) int {
	var usage usageError
	var problems web.Problems
	if errors.As(err, &usage) || errors.As(err, &problems) {
		return exitUsage
	}
	return exitFailed
}
