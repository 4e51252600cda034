package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Customers returns one page of customers by id, removed ones left out, and whether more follow.
func (s *Store) Customers(ctx context.Context, q shop.CustomersQuery) (page []shop.Customer, more bool, err error) {
	limit := int32(pageSize(q.Limit) + 1) //nolint:gosec // pageSize bounds it
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		page = nil
		var rows []sqlc.CustomersPageRow
		if q.Email != "" {
			found, ferr := s.q.CustomersOfEmail(ctx, tx, sqlc.CustomersOfEmailParams{Email: q.Email, CustomerID: q.CustomerID, After: q.After, RowLimit: limit})
			rows, err = convertRows(found, func(r sqlc.CustomersOfEmailRow) sqlc.CustomersPageRow { return sqlc.CustomersPageRow(r) }), ferr
		} else {
			rows, err = s.q.CustomersPage(ctx, tx, sqlc.CustomersPageParams{CustomerID: q.CustomerID, After: q.After, RowLimit: limit})
		}
		for _, r := range rows {
			page = append(page, customerOf(r))
		}
		return err
	})
	if len(page) == int(limit) {
		return page[:limit-1], true, err
	}
	return page, false, err
}

// CustomerByID returns a customer; unknown and removed ones are CodeNotFound.
func (s *Store) CustomerByID(ctx context.Context, id int64) (shop.Customer, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Customer, error) {
		r, err := s.q.CustomerByID(ctx, tx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.Customer{}, shop.NotFound("customer")
		}
		return customerOf(sqlc.CustomersPageRow(r)), err
	})
}

// Merchants returns one page of merchants by id, removed ones left out, and whether more follow.
func (s *Store) Merchants(ctx context.Context, q shop.MerchantsQuery) (page []shop.Merchant, more bool, err error) {
	limit := int32(pageSize(q.Limit) + 1) //nolint:gosec // pageSize bounds it
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		page = nil
		rows, err := s.q.MerchantsPage(ctx, tx, sqlc.MerchantsPageParams{MerchantID: q.MerchantID, After: q.After, RowLimit: limit})
		for _, r := range rows {
			page = append(page, shop.Merchant{
				ID: r.ID, Slug: r.Slug, Name: r.Name, Status: r.Status, Country: r.Country, City: r.City,
				TimeZone: r.TimeZone, PricesIncludeTax: r.PricesIncludeTax,
				Sender: shop.Address{
					Name: r.SenderName, Line1: r.SenderLine1, Line2: r.SenderLine2, City: r.SenderCity, Region: r.SenderRegion, PostalCode: r.SenderPostalCode, Country: r.SenderCountry,
					Phone: r.SenderPhone,
				},
			})
		}
		return err
	})
	if len(page) == int(limit) {
		return page[:limit-1], true, err
	}
	return page, false, err
}

func customerOf(r sqlc.CustomersPageRow) shop.Customer {
	return shop.Customer{ID: r.ID, Email: r.Email, Name: r.Name, Status: r.Status, CreatedAt: r.CreatedAt}
}
