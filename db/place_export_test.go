package db

import (
	"context"

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
