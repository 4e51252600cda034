package main

import (
	"context"
	"fmt"

	"waybill/db"
	"waybill/shop"
)

type merchantCmd struct {
	Create merchantCreateCmd `cmd:"" help:"Open a merchant with the place where its stock lies, and print its id and short name."`
}

type merchantCreateCmd struct {
	Name         string `required:"" placeholder:"NAME" help:"What customers read."`
	Slug         string `placeholder:"SLUG" help:"The short name for commands and addresses. Unset: after the name."`
	Country      string `default:"US" placeholder:"CC" help:"Where it is: a code such as DE, or the English name."`
	TimeZone     string `default:"UTC" placeholder:"ZONE" help:"Where its days begin and end, such as Europe/Berlin."`
	Location     string `default:"MAIN" placeholder:"CODE" help:"The code of its first location."`
	LocationName string `placeholder:"NAME" help:"What people call that location. Unset: its code."`
}

// Run opens the merchant and says whom it needs next.
func (c merchantCreateCmd) Run(ctx context.Context, a *app) error {
	return a.withDatabase(ctx, func(ctx context.Context, d *database) error {
		store, err := db.NewStore(ctx, d.main)
		if err != nil {
			return err
		}
		made, err := store.CreateMerchant(ctx, shop.NewMerchant{
			Name: c.Name, Slug: c.Slug, Country: c.Country, TimeZone: c.TimeZone, LocationCode: c.Location, LocationName: c.LocationName,
		}, shop.Origin{Actor: commandLine})
		if err != nil {
			return mistake(err)
		}
		_, err = fmt.Fprintf(a.stdout, "%s is merchant %d, short name %s.\nNext, somebody who works there: waybill user create --email ADDRESS --role merchant --merchant %s\n", made.Name, made.ID, made.Slug, made.Slug)
		return err
	})
}
