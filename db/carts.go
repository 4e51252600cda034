package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// maxCartItems is what a cart can come to hold when a full guest's cart is merged into a full one.
const maxCartItems = 2 * shop.MaxCheckoutItems

// Cart returns what is in a cart, priced at this moment and, as far as it can be ordered, quoted for a destination. The
// zero Destination is a place without taxes. Who has no cart yet gets an empty one.
func (s *Store) Cart(ctx context.Context, ref shop.CartRef, to shop.Destination) (shop.QuotedCart, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.QuotedCart, error) {
		head, err := s.findCart(ctx, tx, ref)
		if err != nil || head.ID == "" {
			return shop.QuotedCart{To: to}, err
		}
		return s.quoteCart(ctx, tx, head, to)
	})
}

// CartSentBy is Cart as it would be if these services were chosen.
func (s *Store) CartSentBy(ctx context.Context, ref shop.CartRef, to shop.Destination, serviceIDs []int64) (shop.QuotedCart, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.QuotedCart, error) {
		head, err := s.findCart(ctx, tx, ref)
		if err != nil || head.ID == "" {
			return shop.QuotedCart{To: to}, err
		}
		head.ShipServiceIds = serviceIDs
		return s.quoteCart(ctx, tx, head, to)
	})
}

// quoteCart reads and prices the cart with this head.
func (s *Store) quoteCart(ctx context.Context, tx pgx.Tx, head sqlc.CartLockRow, to shop.Destination) (quoted shop.QuotedCart, err error) {
	now := s.Now()
	quoted.To = to
	quoted.Cart = shop.Cart{
		ID: head.ID, CustomerID: head.CustomerID, AddressID: head.AddressID, Currency: shop.Currency(head.Currency),
		CheckoutKey: head.CheckoutKey, DiscountCodes: head.DiscountCodes, ShipServiceIDs: head.ShipServiceIds,
	}
	if quoted.Lines, err = s.cartLines(ctx, tx, head, now); err != nil {
		return quoted, err
	}
	quoted.Quote, err = s.quoteLines(ctx, tx, quoted, now)
	return quoted, err
}

// findCart returns the zero row when there is no such cart.
func (s *Store) findCart(ctx context.Context, tx pgx.Tx, ref shop.CartRef) (sqlc.CartLockRow, error) {
	var head sqlc.CartLockRow
	var err error
	switch {
	case ref.CustomerID != 0:
		var row sqlc.CartOfCustomerRow
		row, err = s.q.CartOfCustomer(ctx, tx, ref.CustomerID)
		head = sqlc.CartLockRow(row)
	case ref.ID != "":
		var row sqlc.CartOfGuestRow
		row, err = s.q.CartOfGuest(ctx, tx, ref.ID)
		head = sqlc.CartLockRow(row)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return sqlc.CartLockRow{}, nil
	}
	return head, err
}

func (s *Store) cartLines(ctx context.Context, tx pgx.Tx, head sqlc.CartLockRow, now time.Time) ([]shop.CartLine, error) {
	items, err := s.q.CartItems(ctx, tx, sqlc.CartItemsParams{CartID: head.ID, RowLimit: maxCartItems})
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(items))
	for i, item := range items {
		ids[i] = item.SkuID
	}
	offers, err := s.skuOffers(ctx, tx, sqlc.SKUOffersParams{SkuIds: ids, Currency: head.Currency, Now: now})
	if err != nil {
		return nil, err
	}
	lines := make([]shop.CartLine, len(items))
	for i, item := range items {
		line, shown := offers[item.SkuID]
		if !shown {
			line.Name = "Something that is not shown any more"
		}
		lines[i] = line
		lines[i].SKUID, lines[i].Quantity, lines[i].AddedPriceMinor = item.SkuID, item.Quantity, item.UnitPriceMinor
	}
	return lines, nil
}

// skuOffers reads SKUs as lines without quantity. A SKU that is not known has no line.
func (s *Store) skuOffers(ctx context.Context, tx pgx.Tx, asked sqlc.SKUOffersParams) (map[int64]shop.CartLine, error) {
	rows, err := s.q.SKUOffers(ctx, tx, asked)
	offers := make(map[int64]shop.CartLine, len(rows))
	for _, r := range rows {
		offers[r.ID] = shop.CartLine{
			SKUID: r.ID, ProductSlug: r.ProductSlug, Name: lineName(r.ProductName, r.Variant), SKUCode: r.Code, MerchantID: r.MerchantID,
			MerchantName: r.MerchantName, Picture: r.PictureHash, PriceMinor: r.PriceMinor, HasPrice: r.HasPrice, Sellable: r.Sellable, Available: r.Available,
			Later: r.Later, BuyerLimit: r.BuyerLimit,
		}
	}
	return offers, err
}

// quoteLines prices the lines that can be ordered, by the rules and tables that placing uses.
func (s *Store) quoteLines(ctx context.Context, tx pgx.Tx, cart shop.QuotedCart, now time.Time) (shop.Quote, error) {
	asked := catalogAsked{
		now: now, currencies: []string{string(cart.Currency)}, countries: []string{cart.To.Country}, codes: cart.DiscountCodes, customerIDs: []int64{cart.CustomerID},
	}
	wanted := shop.QuoteRequest{
		Currency: cart.Currency, To: cart.To, Codes: cart.DiscountCodes, CustomerID: cart.CustomerID, ServiceIDs: cart.ShipServiceIDs, WithOffers: true,
	}
	for _, line := range cart.Lines {
		if line.Orderable() {
			asked.skuIDs = append(asked.skuIDs, line.SKUID)
			wanted.Items = append(wanted.Items, shop.PlaceItem{SKUID: line.SKUID, Quantity: line.Quantity})
		}
	}
	if len(wanted.Items) == 0 {
		return shop.Quote{Currency: cart.Currency}, nil
	}
	var catalog shop.Catalog
	if _, err := loadCatalog(ctx, s.q, tx, asked, &catalog); err != nil {
		return shop.Quote{}, err
	}
	quote, err := catalog.QuoteItems(wanted)
	if err != nil {
		return quote, err
	}
	return quote, s.promiseOffers(ctx, tx, &quote, now)
}
