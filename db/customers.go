package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Addresses returns the saved addresses of a customer: the default one first, then the newest.
func (s *Store) Addresses(ctx context.Context, customerID int64) ([]shop.Address, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.Address, error) { return s.addresses(ctx, tx, customerID) })
}

func (s *Store) addresses(ctx context.Context, tx pgx.Tx, customerID int64) ([]shop.Address, error) {
	rows, err := s.q.AddressesSaved(ctx, tx, sqlc.AddressesSavedParams{CustomerID: customerID, RowLimit: shop.MaxAddresses})
	addresses := make([]shop.Address, len(rows))
	for i, r := range rows {
		addresses[i] = shop.Address{
			ID: r.ID, Name: r.Name, Line1: r.Line1, Line2: r.Line2, City: r.City, Region: r.Region, PostalCode: r.PostalCode,
			Country: r.Country, Phone: r.Phone, IsDefault: r.IsDefault,
		}
	}
	return addresses, err
}

// AddAddress saves an address of a customer and returns it with its id. One that is saved already is returned as it is,
// so that a form sent twice leaves one address. The first address is the default one. CodeInvalid names the fields.
func (s *Store) AddAddress(ctx context.Context, customerID int64, address shop.Address) (shop.Address, error) {
	address = address.Clean()
	if err := address.Check(); err != nil {
		return address, err
	}
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Address, error) {
		saved, err := s.lockAddresses(ctx, tx, customerID)
		if err != nil {
			return address, err
		}
		for _, known := range saved {
			if known.SameAs(address) && (known.IsDefault || !address.IsDefault) {
				return known, nil
			}
		}
		if len(saved) >= shop.MaxAddresses {
			return address, shop.Invalid("", fmt.Sprintf("You can save at most %d addresses. Please remove one first.", shop.MaxAddresses))
		}
		address.IsDefault = address.IsDefault || len(saved) == 0
		address.ID, err = s.q.AddressAdd(ctx, tx, sqlc.AddressAddParams{
			CustomerID: customerID, Name: address.Name, Line1: address.Line1, Line2: address.Line2, City: address.City, Region: address.Region,
			PostalCode: address.PostalCode, Country: address.Country, Phone: address.Phone, IsDefault: address.IsDefault,
		})
		if err != nil {
			return address, err
		}
		return address, s.onlyDefault(ctx, tx, customerID, address)
	})
}

// lockAddresses makes this transaction the only one that changes the customer's addresses, and reads them.
func (s *Store) lockAddresses(ctx context.Context, tx pgx.Tx, customerID int64) ([]shop.Address, error) {
	if _, err := s.q.CustomerLock(ctx, tx, customerID); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			err = shop.NotFound("customer")
		}
		return nil, err
	}
	return s.addresses(ctx, tx, customerID)
}

func (s *Store) onlyDefault(ctx context.Context, tx pgx.Tx, customerID int64, address shop.Address) error {
	if !address.IsDefault {
		return nil
	}
	return s.q.AddressesUndefault(ctx, tx, sqlc.AddressesUndefaultParams{CustomerID: customerID, ExceptID: address.ID})
}

// ChangeAddress replaces a saved address of a customer. Orders keep what they were sent to. Somebody else's address is
// CodeNotFound.
func (s *Store) ChangeAddress(ctx context.Context, customerID int64, address shop.Address) error {
	address = address.Clean()
	if err := address.Check(); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := s.lockAddresses(ctx, tx, customerID); err != nil {
			return err
		}
		changed, err := s.q.AddressChange(ctx, tx, sqlc.AddressChangeParams{
			ID: address.ID, CustomerID: customerID, Name: address.Name, Line1: address.Line1, Line2: address.Line2, City: address.City, Region: address.Region,
			PostalCode: address.PostalCode, Country: address.Country, Phone: address.Phone, IsDefault: address.IsDefault, Now: s.Now(),
		})
		if err != nil {
			return err
		}
		if changed == 0 {
			return shop.NotFound("address")
		}
		return s.onlyDefault(ctx, tx, customerID, address)
	})
}

// RemoveAddress takes an address out of a customer's address book; doing it twice is doing it once. Somebody else's is
// CodeNotFound.
func (s *Store) RemoveAddress(ctx context.Context, customerID, id int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := s.lockAddresses(ctx, tx, customerID); err != nil {
			return err
		}
		removed, err := s.q.AddressRemove(ctx, tx, sqlc.AddressRemoveParams{ID: id, CustomerID: customerID, Now: s.Now()})
		if err == nil && removed == 0 {
			err = shop.NotFound("address")
		}
		return err
	})
}
