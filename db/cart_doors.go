package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Carts as programs handle them: by id, one for each customer, with the delivery address on record.

// OpenCart returns the cart of a customer; if there is none, it makes one in the currency. A customer that is unknown or
// suspended is CodeInvalid, so is another currency than that of a cart with something in it.
func (s *Store) OpenCart(ctx context.Context, customerID int64, currency shop.Currency) (shop.QuotedCart, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.QuotedCart, error) {
		customers, err := s.q.PlacingCustomers(ctx, tx, []int64{customerID})
		switch {
		case err != nil:
			return shop.QuotedCart{}, err
		case len(customers) == 0:
			return shop.QuotedCart{}, shop.Invalid("userId", "There is no such customer.")
		case customers[0].Status != "active":
			return shop.QuotedCart{}, shop.Invalid("userId", "This customer's account is suspended.")
		}
		ref, err := s.ensureCart(ctx, tx, shop.CartRef{CustomerID: customerID}, currency)
		if err != nil {
			return shop.QuotedCart{}, err
		}
		if _, err := s.editCart(ctx, tx, ref, func(e *cartEdit) error { return e.settleCurrency(ctx, currency) }); err != nil {
			return shop.QuotedCart{}, err
		}
		return s.addressedCart(ctx, tx, ref)
	})
}

// CustomerCart returns the cart with an id, priced for its delivery address; customerID 0 is anybody's. Carts of guests
// are not found by their id alone.
func (s *Store) CustomerCart(ctx context.Context, id string, customerID int64) (shop.QuotedCart, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.QuotedCart, error) {
		owner, err := s.q.CartOwner(ctx, tx, id)
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && (owner == 0 || (customerID != 0 && customerID != owner))) {
			return shop.QuotedCart{}, shop.NotFound("cart")
		}
		if err != nil {
			return shop.QuotedCart{}, err
		}
		return s.addressedCart(ctx, tx, shop.CartRef{CustomerID: owner})
	})
}

// addressedCart prices a cart for the address that it goes to. An address that was removed since is none.
func (s *Store) addressedCart(ctx context.Context, tx pgx.Tx, ref shop.CartRef) (shop.QuotedCart, error) {
	head, err := s.findCart(ctx, tx, ref)
	if err != nil {
		return shop.QuotedCart{}, err
	}
	to, err := s.ownAddress(ctx, tx, head)
	if err != nil {
		return shop.QuotedCart{}, err
	}
	if to == (shop.Destination{}) {
		head.AddressID = 0
	}
	return s.quoteCart(ctx, tx, head, to)
}

// ownAddress is where the address of a cart is, the zero Destination without one of the customer's own.
func (s *Store) ownAddress(ctx context.Context, tx pgx.Tx, head sqlc.CartLockRow) (shop.Destination, error) {
	rows, err := s.q.PlacingAddresses(ctx, tx, []int64{head.AddressID})
	if err != nil || len(rows) == 0 || rows[0].CustomerID != head.CustomerID {
		return shop.Destination{}, err
	}
	return shop.Destination{Country: rows[0].Country, Region: rows[0].Region}, nil
}

// PutCartItem sets how many units of a SKU are in the cart, whether it was in it or not. It refuses like AddToCart.
func (s *Store) PutCartItem(ctx context.Context, ref shop.CartRef, skuID, quantity int64) error {
	_, err := s.changeCart(ctx, ref, func(e *cartEdit) error {
		if _, known := e.has(skuID); !known && len(e.items) >= shop.MaxCheckoutItems {
			return shop.Invalid("skuId", fmt.Sprintf("A cart can hold at most %d different items.", shop.MaxCheckoutItems))
		}
		return e.put(ctx, skuID, quantity, 0)
	})
	return err
}

// SetCartAddress says where a cart goes. An address that is not the customer's is CodeInvalid.
func (s *Store) SetCartAddress(ctx context.Context, ref shop.CartRef, addressID int64) error {
	_, err := s.changeCart(ctx, ref, func(e *cartEdit) error {
		e.cart.AddressID = addressID
		to, err := s.ownAddress(ctx, e.tx, e.cart)
		if err != nil {
			return err
		}
		if to == (shop.Destination{}) {
			return shop.Invalid("shippingAddressId", "This customer has no such address.")
		}
		return s.q.CartAddressSet(ctx, e.tx, sqlc.CartAddressSetParams{ID: e.cart.ID, AddressID: addressID, Now: e.now})
	})
	return err
}

// SetCartCodes sets all discount codes of a cart. Codes that do not apply to it are CodeInvalid, each named.
func (s *Store) SetCartCodes(ctx context.Context, ref shop.CartRef, codes []string) error {
	_, err := s.changeCart(ctx, ref, func(e *cartEdit) error {
		e.cart.DiscountCodes = codes
		to, err := s.ownAddress(ctx, e.tx, e.cart)
		if err != nil {
			return err
		}
		quoted, err := s.quoteCart(ctx, e.tx, e.cart, to)
		if err != nil {
			return err
		}
		var fields []shop.FieldError
		for _, refused := range quoted.Quote.Refused {
			fields = append(fields, shop.FieldError{Field: fmt.Sprintf("discountCodes[%d]", slices.Index(codes, refused.Code)), Message: refused.Message})
		}
		if fields != nil {
			return shop.InvalidFields(fields...)
		}
		return s.q.CartCodesSet(ctx, e.tx, sqlc.CartCodesSetParams{ID: e.cart.ID, Codes: codes, Now: e.now})
	})
	return err
}

// SetCartServices says with which services a cart is sent, at most one for each merchant; merchants without one send with
// their standard. Services that are not offered for the cart, sent to the destination, are CodeInvalid, each named.
func (s *Store) SetCartServices(ctx context.Context, ref shop.CartRef, serviceIDs []int64, to shop.Destination) error {
	_, err := s.changeCart(ctx, ref, func(e *cartEdit) error {
		e.cart.ShipServiceIds = serviceIDs
		quoted, err := s.quoteCart(ctx, e.tx, e.cart, to)
		if err != nil {
			return err
		}
		var fields []shop.FieldError
		for _, refused := range quoted.Quote.RefusedServices {
			fields = append(fields, shop.FieldError{Field: shop.ServiceField(refused.At), Message: refused.Message})
		}
		if fields != nil {
			return shop.InvalidFields(fields...)
		}
		return s.q.CartServicesSet(ctx, e.tx, sqlc.CartServicesSetParams{ID: e.cart.ID, ServiceIds: serviceIDs, Now: e.now})
	})
	return err
}

// PlacedUnder returns what was placed under an idempotency key with the same request. A key under which nothing was
// placed is CodeNotFound, one that was used for another request CodeIdempotencyMismatch.
func (s *Store) PlacedUnder(ctx context.Context, key shop.IdempotencyKey) (shop.PlacedCheckout, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (placed shop.PlacedCheckout, err error) {
		stored, err := s.q.IdempotencyFind(ctx, tx, sqlc.IdempotencyFindParams{Scope: key.Scope, Key: key.Key})
		if err != nil {
			return placed, notFound(err, "checkout")
		}
		placed, err = replayed[shop.PlacedCheckout](key, stored.RequestHash, stored.Result)
		placed.Replayed = true
		return placed, err
	})
}
