package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"waybill/shop"
)

// PlaceGroup places checkouts as one group, so that tests decide who is in it and in which order.
func PlaceGroup(ctx context.Context, s *Store, commands []shop.PlaceCommand) []error {
	answers, err := s.placeGroup(ctx, commands)
	errs := make([]error, len(commands))
	for i := range errs {
		errs[i] = err
		if err == nil {
			errs[i] = answers[i].err
		}
	}
	return errs
}

// QuoteMoved loads a group of one whose address turns out to be in another country than its tax rates were read for, and
// returns the rates that it goes by.
func QuoteMoved(ctx context.Context, s *Store, command shop.PlaceCommand, country string) (rates []shop.TaxRate, err error) {
	return inTxWithValue(ctx, s, byIndex, func(tx pgx.Tx) ([]shop.TaxRate, error) {
		g := newPlacing(s, tx, []shop.PlaceCommand{command})
		if err := g.load(ctx); err != nil {
			return nil, err
		}
		address := g.addresses[command.ShippingAddressID]
		taxedIn := address.Country
		address.Country = country
		g.addresses[command.ShippingAddressID] = address
		err := g.loadMovedTaxes(ctx, []string{taxedIn})
		return g.catalog.TaxRates, err
	})
}
