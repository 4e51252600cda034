package db

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

const cartPruneBatch = 1_000 // carts deleted in one transaction

// cartEdit is a locked cart that is being changed.
type cartEdit struct {
	*Store
	tx    pgx.Tx
	now   time.Time
	cart  sqlc.CartLockRow
	items []sqlc.CartItemsRow
}

// AddToCart puts units of a SKU into the cart, which is made when there is none. CodeInvalid names the field: a quantity
// outside the limits or beyond what is left, a SKU that is unknown or not sold, a currency that is not the cart's.
func (s *Store) AddToCart(ctx context.Context, ref shop.CartRef, add shop.CartAdd) (shop.CartChange, error) {
	return s.AddAllToCart(ctx, ref, []shop.CartAdd{add})
}

// AddAllToCart is AddToCart for several SKUs: either all of them are put into the cart or none.
func (s *Store) AddAllToCart(ctx context.Context, ref shop.CartRef, adds []shop.CartAdd) (shop.CartChange, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.CartChange, error) {
		if len(adds) == 0 {
			return shop.CartChange{}, shop.Invalid("sku", "Please choose what to put into the cart.")
		}
		ref, err := s.ensureCart(ctx, tx, ref, adds[0].Currency)
		if err != nil {
			return shop.CartChange{}, err
		}
		return s.editCart(ctx, tx, ref, func(e *cartEdit) error {
			for _, add := range adds {
				if err := e.add(ctx, add); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// ensureCart makes the cart if there is none, and says how to find it.
func (s *Store) ensureCart(ctx context.Context, tx pgx.Tx, ref shop.CartRef, currency shop.Currency) (shop.CartRef, error) {
	head, err := s.findCart(ctx, tx, ref)
	if err != nil || head.ID != "" {
		return ref, err
	}
	made := shop.CartRef{ID: newUUID(), CustomerID: ref.CustomerID}
	return made, s.q.CartCreate(ctx, tx, sqlc.CartCreateParams{ID: made.ID, CustomerID: made.CustomerID, Currency: string(currency), Now: s.Now()})
}

// newUUID is a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// editCart locks the cart, changes it and says what is in it then. Without a cart there is nothing to change.
func (s *Store) editCart(ctx context.Context, tx pgx.Tx, ref shop.CartRef, change func(*cartEdit) error) (shop.CartChange, error) {
	found, err := s.findCart(ctx, tx, ref)
	if err != nil || found.ID == "" {
		return shop.CartChange{}, err
	}
	e := &cartEdit{Store: s, tx: tx, now: s.Now()}
	if e.cart, err = s.q.CartLock(ctx, tx, found.ID); err != nil {
		return shop.CartChange{}, err
	}
	if e.items, err = s.q.CartItems(ctx, tx, sqlc.CartItemsParams{CartID: found.ID, RowLimit: maxCartItems}); err != nil {
		return shop.CartChange{}, err
	}
	if err := change(e); err != nil {
		return shop.CartChange{}, err
	}
	if err := s.q.CartTouch(ctx, tx, sqlc.CartTouchParams{ID: found.ID, Now: e.now}); err != nil {
		return shop.CartChange{}, err
	}
	units, err := s.q.CartUnits(ctx, tx, found.ID)
	return shop.CartChange{CartID: found.ID, Units: units}, err
}

// changeCart is editCart in a transaction of its own.
func (s *Store) changeCart(ctx context.Context, ref shop.CartRef, change func(*cartEdit) error) (shop.CartChange, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.CartChange, error) { return s.editCart(ctx, tx, ref, change) })
}

// has is how many units of a SKU are in the cart.
func (e *cartEdit) has(skuID int64) (quantity int64, known bool) {
	at := slices.IndexFunc(e.items, func(item sqlc.CartItemsRow) bool { return item.SkuID == skuID })
	if at < 0 {
		return 0, false
	}
	return e.items[at].Quantity, true
}

func (e *cartEdit) add(ctx context.Context, add shop.CartAdd) error {
	if err := shop.CheckQuantity(add.Quantity); err != nil {
		return inField("quantity", err)
	}
	if err := e.settleCurrency(ctx, add.Currency); err != nil {
		return err
	}
	had, known := e.has(add.SKUID)
	if !known && len(e.items) >= shop.MaxCheckoutItems {
		return shop.Invalid("sku", fmt.Sprintf("A cart can hold at most %d different items.", shop.MaxCheckoutItems))
	}
	if err := e.put(ctx, add.SKUID, had+add.Quantity, had); err != nil {
		return err
	}
	e.items = append(e.items, sqlc.CartItemsRow{SkuID: add.SKUID, Quantity: had + add.Quantity})
	return nil
}

// settleCurrency lets an empty cart take the currency of what is put in, and refuses to mix.
func (e *cartEdit) settleCurrency(ctx context.Context, currency shop.Currency) error {
	if e.cart.Currency == string(currency) {
		return nil
	}
	if len(e.items) > 0 {
		return shop.Invalid("currency", fmt.Sprintf("Your cart is in %s and this is sold in %s. Please order what is in the cart first, or empty it.", e.cart.Currency, currency))
	}
	return e.switchCurrency(ctx, currency)
}

// put sets the quantity of a SKU after checking that it can be sold like this. had is how much of it was in the cart.
func (e *cartEdit) put(ctx context.Context, skuID, quantity, had int64) error {
	if err := shop.CheckQuantity(quantity); err != nil {
		return inField("quantity", err)
	}
	offers, err := e.skuOffers(ctx, e.tx, sqlc.SKUOffersParams{SkuIds: []int64{skuID}, Currency: e.cart.Currency, Now: e.now})
	if err != nil {
		return err
	}
	offer, known := offers[skuID]
	switch {
	case !known:
		return shop.Invalid("sku", "There is no such product.")
	case !offer.Sellable:
		return shop.Invalid("sku", offer.Name+" is no longer sold.")
	case !offer.HasPrice:
		return shop.Invalid("sku", fmt.Sprintf("%s has no price in %s.", offer.Name, e.cart.Currency))
	case offer.BuyerLimit > 0 && quantity > offer.BuyerLimit:
		return shop.Invalid("quantity", fmt.Sprintf("At most %d of %s per customer.", offer.BuyerLimit, offer.Name))
	case offer.CanOrder() < quantity:
		return shop.Invalid("quantity", shortMessage(offer.CanOrder(), had))
	}
	return e.q.CartItemPut(ctx, e.tx, sqlc.CartItemPutParams{
		CartID: e.cart.ID, SkuID: skuID, Quantity: quantity, UnitPriceMinor: offer.PriceMinor, Now: e.now,
	})
}

func shortMessage(available, had int64) string {
	switch {
	case available <= 0:
		return "This is out of stock."
	case had > 0:
		return fmt.Sprintf("Only %d left, and %d of them are in your cart already.", available, min(had, available))
	default:
		return fmt.Sprintf("Only %d left.", available)
	}
}

// inField names the field of a refused value.
func inField(field string, err error) error {
	refused, ok := errors.AsType[*shop.Error](err)
	if ok && refused.Code == shop.CodeInvalid && len(refused.Fields) == 0 {
		return shop.Invalid(field, refused.Message)
	}
	return err
}

// SetCartQuantity sets how many units of a SKU are in the cart; it refuses like AddToCart. A SKU that is not in the cart
// is CodeNotFound.
func (s *Store) SetCartQuantity(ctx context.Context, ref shop.CartRef, skuID, quantity int64) (shop.CartChange, error) {
	change, err := s.changeCart(ctx, ref, func(e *cartEdit) error {
		if _, known := e.has(skuID); !known {
			return shop.NotFound("item in your cart")
		}
		return e.put(ctx, skuID, quantity, 0)
	})
	if err == nil && change.CartID == "" {
		err = shop.NotFound("item in your cart")
	}
	return change, err
}

// RemoveFromCart takes a SKU out of the cart; one that is not in it is gone already.
func (s *Store) RemoveFromCart(ctx context.Context, ref shop.CartRef, skuID int64) (shop.CartChange, error) {
	return s.changeCart(ctx, ref, func(e *cartEdit) error {
		return s.q.CartItemRemove(ctx, e.tx, sqlc.CartItemRemoveParams{CartID: e.cart.ID, SkuID: skuID})
	})
}

// AddCartCode enters a discount code. One that does not apply to the cart, sent to the destination, is CodeInvalid and
// says why; one that was entered before is fine.
func (s *Store) AddCartCode(ctx context.Context, ref shop.CartRef, code string, to shop.Destination) error {
	change, err := s.changeCart(ctx, ref, func(e *cartEdit) error {
		if slices.Contains(e.cart.DiscountCodes, code) {
			return nil
		}
		if len(e.cart.DiscountCodes) >= shop.MaxDiscountCodes {
			return shop.Invalid("code", fmt.Sprintf("A checkout can have at most %d discount codes.", shop.MaxDiscountCodes))
		}
		return e.setCodes(ctx, append(slices.Clone(e.cart.DiscountCodes), code), to)
	})
	if err == nil && change.CartID == "" {
		return shop.Invalid("code", "Your cart is empty. Enter the code when there is something in it.")
	}
	return err
}

// RemoveCartCode forgets a discount code; one that is not in the cart is gone already.
func (s *Store) RemoveCartCode(ctx context.Context, ref shop.CartRef, code string) error {
	_, err := s.changeCart(ctx, ref, func(e *cartEdit) error {
		e.cart.DiscountCodes = slices.DeleteFunc(e.cart.DiscountCodes, func(c string) bool { return c == code })
		return e.q.CartCodesSet(ctx, e.tx, sqlc.CartCodesSetParams{ID: e.cart.ID, Codes: e.cart.DiscountCodes, Now: e.now})
	})
	return err
}

// setCodes enters codes after checking that the last one applies.
func (e *cartEdit) setCodes(ctx context.Context, codes []string, to shop.Destination) error {
	e.cart.DiscountCodes = codes
	quoted, err := e.quoteCart(ctx, e.tx, e.cart, to)
	if err != nil {
		return err
	}
	code := codes[len(codes)-1]
	switch {
	case len(quoted.Quote.Orders) == 0:
		return shop.Invalid("code", "Nothing in your cart can be ordered as it is, so no code applies.")
	case quoted.Quote.Refusal(code) != "":
		return shop.Invalid("code", quoted.Quote.Refusal(code))
	}
	return e.q.CartCodesSet(ctx, e.tx, sqlc.CartCodesSetParams{ID: e.cart.ID, Codes: codes, Now: e.now})
}

// SwitchCartCurrency prices the cart in another currency. Things without a price in it stay in the cart and say so.
func (s *Store) SwitchCartCurrency(ctx context.Context, ref shop.CartRef, currency shop.Currency) error {
	_, err := s.changeCart(ctx, ref, func(e *cartEdit) error { return e.switchCurrency(ctx, currency) })
	return err
}

func (e *cartEdit) switchCurrency(ctx context.Context, currency shop.Currency) error {
	e.cart.Currency = string(currency)
	if err := e.q.CartSwitchCurrency(ctx, e.tx, sqlc.CartSwitchCurrencyParams{ID: e.cart.ID, Currency: e.cart.Currency, Now: e.now}); err != nil {
		return err
	}
	return e.q.CartItemsReprice(ctx, e.tx, sqlc.CartItemsRepriceParams{CartID: e.cart.ID, Currency: e.cart.Currency, Now: e.now})
}

// MergeCarts gives a guest's cart to the customer who has signed in, and answers with the customer's cart. If the customer
// has one with something in it, the guest's things go there and its currency becomes theirs; if not, the guest's cart is
// taken over as it is, checkout key included.
func (s *Store) MergeCarts(ctx context.Context, guestCartID string, customerID int64) (shop.CartChange, error) {
	own := shop.CartRef{CustomerID: customerID}
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.CartChange, error) {
		guest, err := s.findCart(ctx, tx, shop.CartRef{ID: guestCartID})
		if err != nil {
			return shop.CartChange{}, err
		}
		if guest.ID != "" {
			if _, err := s.q.CartLock(ctx, tx, guest.ID); err != nil {
				return shop.CartChange{}, err
			}
			if err := s.giveCart(ctx, tx, guest.ID, customerID); err != nil {
				return shop.CartChange{}, err
			}
		}
		return s.editCart(ctx, tx, own, func(e *cartEdit) error {
			if guest.ID == "" || guest.ID == e.cart.ID {
				return nil
			}
			return e.takeFrom(ctx, guest)
		})
	})
}

// giveCart makes the guest's cart the customer's, unless the customer has one with something in it.
func (s *Store) giveCart(ctx context.Context, tx pgx.Tx, guestID string, customerID int64) error {
	own, err := s.findCart(ctx, tx, shop.CartRef{CustomerID: customerID})
	if err != nil {
		return err
	}
	if own.ID != "" {
		units, err := s.q.CartUnits(ctx, tx, own.ID)
		if err != nil || units > 0 {
			return err
		}
		if err := s.q.CartDelete(ctx, tx, own.ID); err != nil {
			return err
		}
	}
	_, err = s.q.CartAdopt(ctx, tx, sqlc.CartAdoptParams{ID: guestID, CustomerID: customerID, Now: s.Now()})
	return err
}

// takeFrom empties the guest's cart into this one and deletes it.
func (e *cartEdit) takeFrom(ctx context.Context, guest sqlc.CartLockRow) error {
	if err := e.q.CartItemsMove(ctx, e.tx, sqlc.CartItemsMoveParams{FromID: guest.ID, ToID: e.cart.ID}); err != nil {
		return err
	}
	if err := e.takeCodes(ctx, guest.DiscountCodes); err != nil {
		return err
	}
	if err := e.q.CartDelete(ctx, e.tx, guest.ID); err != nil || e.cart.Currency == guest.Currency {
		return err
	}
	return e.switchCurrency(ctx, shop.Currency(guest.Currency))
}

// takeCodes adds the codes of a guest's cart, as far as there is room.
func (e *cartEdit) takeCodes(ctx context.Context, codes []string) error {
	for _, code := range codes {
		if !slices.Contains(e.cart.DiscountCodes, code) && len(e.cart.DiscountCodes) < shop.MaxDiscountCodes {
			e.cart.DiscountCodes = append(e.cart.DiscountCodes, code)
		}
	}
	return e.q.CartCodesSet(ctx, e.tx, sqlc.CartCodesSetParams{ID: e.cart.ID, Codes: e.cart.DiscountCodes, Now: e.now})
}

// CartOrdered empties the cart of what was ordered with its checkout key at placedAt and renews the key. A cart that has
// another key by now is left alone: it was emptied before.
func (s *Store) CartOrdered(ctx context.Context, customerID int64, checkoutKey string, placedAt time.Time) (shop.CartChange, error) {
	return s.changeCart(ctx, shop.CartRef{CustomerID: customerID}, func(e *cartEdit) error {
		renewed, err := s.q.CartOrdered(ctx, e.tx, sqlc.CartOrderedParams{ID: e.cart.ID, CheckoutKey: checkoutKey, Now: e.now})
		if err != nil || renewed == 0 {
			return err
		}
		return s.q.CartItemsOrdered(ctx, e.tx, sqlc.CartItemsOrderedParams{CartID: e.cart.ID, PlacedAt: placedAt})
	})
}

// PruneCarts deletes a bounded number of guests' carts that nobody has touched for idle, and returns how many; call again
// until zero.
func (s *Store) PruneCarts(ctx context.Context, idle time.Duration) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		return s.q.CartsPrune(ctx, tx, sqlc.CartsPruneParams{Before: s.Now().Add(-idle), RowLimit: cartPruneBatch})
	})
}
