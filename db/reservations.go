package db

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
)

// heldPlace is where an order holds units of a line.
type heldPlace struct {
	lineNo     int32
	locationID int64
}

// reservationsHeld reads what locked orders hold.
func (s *Store) reservationsHeld(ctx context.Context, tx sqlc.DBTX, orderIDs ...int64) ([]sqlc.ReservationsHeldRow, error) {
	return s.q.ReservationsHeld(ctx, tx, sqlc.ReservationsHeldParams{OrderIds: orderIDs, IDFirst: slices.Min(orderIDs), IDLast: slices.Max(orderIDs)})
}

// splitHeld picks the reservations of one locked order that are exactly the wanted units, cutting one in two where it
// has to. Each may be wanted once; more than there is, is an error.
func (s *Store) splitHeld(ctx context.Context, tx pgx.Tx, held []sqlc.ReservationsHeldRow, want map[heldPlace]int64, now time.Time) ([]sqlc.ReservationsHeldRow, error) {
	var picked []sqlc.ReservationsHeldRow
	for place, quantity := range want {
		candidates := slices.DeleteFunc(slices.Clone(held), func(r sqlc.ReservationsHeldRow) bool {
			return heldPlace{r.LineNo, r.LocationID} != place
		})
		if at := slices.IndexFunc(candidates, func(r sqlc.ReservationsHeldRow) bool { return r.Quantity == quantity }); at >= 0 {
			picked = append(picked, candidates[at])
			continue
		}
		for _, r := range candidates {
			if r.Quantity > quantity && quantity > 0 {
				part, err := s.cutReservation(ctx, tx, r, quantity, now)
				if err != nil {
					return nil, err
				}
				r = part
			}
			if r.Quantity <= quantity {
				picked, quantity = append(picked, r), quantity-r.Quantity
			}
		}
		if quantity > 0 {
			return nil, errors.New("an order holds fewer units than are taken from it")
		}
	}
	slices.SortFunc(picked, compareHeld)
	return picked, nil
}

func compareHeld(a, b sqlc.ReservationsHeldRow) int {
	return slices.Compare([]int64{int64(a.LineNo), a.LocationID, int64(a.Part)}, []int64{int64(b.LineNo), b.LocationID, int64(b.Part)})
}

// cutReservation makes some units of a held reservation one of their own.
func (s *Store) cutReservation(ctx context.Context, tx pgx.Tx, r sqlc.ReservationsHeldRow, quantity int64, now time.Time) (sqlc.ReservationsHeldRow, error) {
	cut, err := s.q.ReservationShrink(ctx, tx, sqlc.ReservationShrinkParams{
		OrderID: r.OrderID, LineNo: r.LineNo, LocationID: r.LocationID, Part: r.Part, Quantity: quantity,
	})
	if err != nil || cut != 1 {
		return r, errors.Join(err, errors.New("a reservation cannot be cut"))
	}
	added, err := s.q.ReservationsAdd(ctx, tx, sqlc.ReservationsAddParams{
		Now: now, OrderIds: []int64{r.OrderID}, LineNos: []int32{r.LineNo}, LocationIds: []int64{r.LocationID}, SkuIds: []int64{r.SkuID}, Quantities: []int64{quantity},
	})
	if err != nil {
		return r, err
	}
	r.Part, r.Quantity = added[0].Part, quantity
	return r, nil
}
