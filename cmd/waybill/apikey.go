package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"waybill/db"
	"waybill/shop"
)

type apiKeyCmd struct {
	Create apiKeyCreateCmd `cmd:"" help:"Make a key for the JSON API and print it, alone on stdout. It cannot be shown again."`
	List   apiKeyListCmd   `cmd:"" help:"List the keys."`
	Revoke apiKeyRevokeCmd `cmd:"" help:"End a key for good, within seconds."`
}

// commandLine is the actor of what an operator does from a shell.
var commandLine = shop.Actor{Kind: shop.ActorSystem, Name: "command line"}

type apiKeyCreateCmd struct {
	Role     string `required:"" placeholder:"ROLE" help:"customer, merchant, finance, support or admin."`
	Merchant string `placeholder:"SLUG|ID" help:"Whose key it is, with --role merchant."`
	Customer string `placeholder:"ID|EMAIL" help:"Whose key it is, with --role customer."`
	Name     string `placeholder:"NAME" help:"What to call the key in lists and timelines. Unset: after its role."`
	Rate     int    `placeholder:"N" help:"Requests that it may send a minute. Unset: not limited."`
}

// Run prints the key and nothing else, so that KEY=$(waybill api-key create ...) works.
func (c apiKeyCreateCmd) Run(ctx context.Context, a *app) error {
	return a.withDatabase(ctx, func(ctx context.Context, d *database) error {
		store, err := db.NewStore(ctx, d.main)
		if err != nil {
			return err
		}
		command := shop.NewAPIKey{Name: c.Name, Role: shop.Role(c.Role), RatePerMinute: c.Rate, Actor: commandLine}
		if c.Merchant != "" {
			if command.MerchantID, err = store.MerchantIDOf(ctx, c.Merchant); err != nil {
				return mistake(err)
			}
		}
		if c.Customer != "" {
			if command.CustomerID, err = store.CustomerIDOf(ctx, c.Customer); err != nil {
				return mistake(err)
			}
		}
		_, secret, err := store.CreateAPIKey(ctx, command)
		if err != nil {
			return mistake(err)
		}
		_, err = fmt.Fprintln(a.stdout, secret)
		return err
	})
}

type apiKeyListCmd struct{}

// Run lists the keys, the newest first.
func (apiKeyListCmd) Run(ctx context.Context, a *app) error {
	return a.withDatabase(ctx, func(ctx context.Context, d *database) error {
		store, err := db.NewStore(ctx, d.main)
		if err != nil {
			return err
		}
		keys, err := store.APIKeys(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "ID\tKEY\tROLE\tNAME\tCREATED\tLAST USED\tREVOKED")
		for _, k := range keys {
			_, _ = fmt.Fprintf(table, "%d\t%s…\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Prefix, k.Role, k.Name, moment(k.CreatedAt), moment(k.LastUsedAt), moment(k.RevokedAt))
		}
		return table.Flush()
	})
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

type apiKeyRevokeCmd struct {
	ID int64 `arg:"" help:"The key's id, from waybill api-key list."`
}

// Run revokes the key; running servers believe it for a few seconds more.
func (c apiKeyRevokeCmd) Run(ctx context.Context, a *app) error {
	return a.withDatabase(ctx, func(ctx context.Context, d *database) error {
		store, err := db.NewStore(ctx, d.main)
		if err != nil {
			return err
		}
		return mistake(store.RevokeAPIKey(ctx, c.ID, commandLine, ""))
	})
}

// mistake makes a refusal of what was typed a usage error that says what is wrong; other errors stay.
func mistake(err error) error {
	var refused *shop.Error
	if !errors.As(err, &refused) || (refused.Code != shop.CodeInvalid && refused.Code != shop.CodeNotFound) {
		return err
	}
	if len(refused.Fields) > 0 {
		return usageError{errors.New(refused.Fields[0].Message)}
	}
	return usageError{errors.New(refused.Message)}
}
