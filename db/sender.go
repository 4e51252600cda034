package db

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Sender returns the address that a merchant sends from. Without its first line it is not known yet, and the rest is what
// the shop knows of the merchant.
func (s *Store) Sender(ctx context.Context, merchantID int64) (shop.Address, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Address, error) { return s.sender(ctx, tx, merchantID) })
}

func (s *Store) sender(ctx context.Context, tx pgx.Tx, merchantID int64) (shop.Address, error) {
	r, err := s.q.MerchantSender(ctx, tx, merchantID)
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.Address{}, shop.NotFound("merchant")
	}
	return shop.Address{
		Name: r.Name, Line1: r.SenderLine1, Line2: r.SenderLine2, City: r.City, Region: r.SenderRegion, PostalCode: r.SenderPostalCode, Country: r.Country, Phone: r.SenderPhone,
	}, err
}

// SetSender changes the address that a merchant sends from, for what is printed from now on. CodeInvalid names the fields,
// by the rules of addresses in its country.
func (s *Store) SetSender(ctx context.Context, merchantID int64, a shop.Address, by shop.Origin) error {
	a = a.Clean()
	if err := a.Check(); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		before, err := s.sender(ctx, tx, merchantID)
		if err != nil || before == a {
			return err // the same form once more
		}
		if err := s.q.MerchantSenderSet(ctx, tx, sqlc.MerchantSenderSetParams{
			ID: merchantID, Name: a.Name, Line1: a.Line1, Line2: a.Line2, City: a.City, Region: a.Region, PostalCode: a.PostalCode, Country: a.Country, Phone: a.Phone, Now: s.Now(),
		}); err != nil {
			return err
		}
		return s.auditRule(ctx, tx, by, "sender.changed", "merchant:"+strconv.FormatInt(merchantID, 10), map[string]any{"country": a.Country, "city": a.City})
	})
}
