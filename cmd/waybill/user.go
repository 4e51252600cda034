package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"waybill/db"
	"waybill/handlers/passwords"
	"waybill/shop"
)

// passwordVariable holds the password of a new account for programs that cannot type.
const passwordVariable = "WAYBILL_PASSWORD"

type userCmd struct {
	Create userCreateCmd `cmd:"" help:"Make an account to sign in with. The password is asked for, or read with --password-stdin, or taken from WAYBILL_PASSWORD."`
}

type userCreateCmd struct {
	Email         string `required:"" placeholder:"ADDRESS" help:"What to sign in with."`
	Role          string `required:"" placeholder:"ROLE" help:"customer, merchant, finance, support or admin."`
	Merchant      string `placeholder:"SLUG|ID" help:"Whose staff it is, with --role merchant."`
	Name          string `placeholder:"NAME" help:"What the person is called. Unset: after the address."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input."`
}

// Run makes the account and prints whom it made. A password never stands on the command line, where every user of the
// machine could read it.
func (c userCreateCmd) Run(ctx context.Context, a *app) error {
	if _, err := shop.ParseRole(c.Role); err != nil {
		return mistake(err) // before somebody types a password for nothing
	}
	password, err := c.password(a)
	if err != nil {
		return mistake(err)
	}
	return a.withDatabase(ctx, func(ctx context.Context, d *database) error {
		store, err := db.NewStore(ctx, d.main)
		if err != nil {
			return err
		}
		command := shop.NewUser{Email: c.Email, Name: c.Name, Role: shop.Role(c.Role), By: commandLine}
		if c.Merchant != "" {
			if command.MerchantID, err = store.MerchantIDOf(ctx, c.Merchant); err != nil {
				return mistake(err)
			}
		}
		if command.PasswordHash, err = passwords.NewHasher().Hash(ctx, password); err != nil {
			return err
		}
		user, err := store.CreateUser(ctx, command)
		if err != nil {
			return mistake(err)
		}
		_, err = fmt.Fprintf(a.stdout, "%s can sign in as %s.\n", user.Email, user.Role)
		return err
	})
}

// password gets the password from where the command says, and refuses one that is too easy to guess.
func (c userCreateCmd) password(a *app) (string, error) {
	password, err := c.readPassword(a)
	if err != nil {
		return "", err
	}
	return password, shop.CheckPassword(password)
}

func (c userCreateCmd) readPassword(a *app) (string, error) {
	if c.PasswordStdin {
		return firstLine(os.Stdin)
	}
	if password := os.Getenv(passwordVariable); password != "" {
		return password, nil
	}
	terminal := int(os.Stdin.Fd())
	if !term.IsTerminal(terminal) {
		return "", usageError{errors.New("no password: use --password-stdin or set " + passwordVariable)}
	}
	first, err := ask(a, terminal, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := ask(a, terminal, "Once more: ")
	if err == nil && first != second {
		err = usageError{errors.New("the two passwords are not the same")}
	}
	return first, err
}

// ask reads a line without showing it.
func ask(a *app, terminal int, prompt string) (string, error) {
	_, _ = fmt.Fprint(a.stderr, prompt)
	line, err := term.ReadPassword(terminal)
	_, _ = fmt.Fprintln(a.stderr)
	return string(line), err
}

// maxPasswordLine bounds what is read in search of the end of the line.
const maxPasswordLine = 4 * shop.MaxPasswordLength

// firstLine is the text up to the first end of line, which is not part of it.
func firstLine(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxPasswordLine+2))
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r"), err
}
