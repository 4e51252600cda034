package db

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// DeliveryProblems returns a page of what is wrong with the parcels of all merchants and has no answer yet, the oldest
// shipment first, with the counts of all.
func (s *Store) DeliveryProblems(ctx context.Context, q shop.DeliveryProblemQuery) (shop.DeliveryProblemPage, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (page shop.DeliveryProblemPage, err error) {
		page.Now = s.Now()
		limit := pageSize(q.Limit)
		rows, err := s.q.DeliveryProblems(ctx, tx, sqlc.DeliveryProblemsParams{
			AfterID: q.After, Problem: string(q.Problem), MerchantID: q.MerchantID, RowLimit: int32(limit + 1),
		})
		if err != nil {
			return page, err
		}
		if len(rows) > limit {
			rows, page.More = rows[:limit], true
		}
		ids, names := make([]int64, len(rows)), map[int64]string{}
		for i, r := range rows {
			ids[i], names[r.ID] = r.ID, r.MerchantName
		}
		shipments, err := s.shipmentsByID(ctx, tx, ids)
		if err != nil {
			return page, err
		}
		for _, one := range slices.Backward(shipments) {
			page.Problems = append(page.Problems, shop.DeliveryProblem{Shipment: one, Merchant: names[one.ID]})
		}
		counts, err := s.q.DeliveryProblemCounts(ctx, tx)
		page.Counts = convertAll(counts, func(r sqlc.DeliveryProblemCountsRow) shop.DeliveryProblemCount {
			return shop.DeliveryProblemCount{Problem: shop.ShipmentProblem(r.Problem), MerchantID: r.MerchantID, Merchant: r.MerchantName, Shipments: r.Shipments}
		})
		return page, err
	})
}
