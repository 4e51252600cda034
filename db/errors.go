package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"waybill/shop"
)

const unavailableRetryAfter = 2 * time.Second

// constraintErrors is what a broken constraint means to people. Constraints that only a bug can break are not here and
// come out as internal errors.
var constraintErrors = map[string]*shop.Error{
	"customers_email_key":                        shop.Invalid("email", "This e-mail address is already in use."),
	"users_customer_key":                         shop.Invalid("email", "This customer has an account already."),
	"users_email_key":                            shop.Invalid("email", "This e-mail address is already in use."),
	"users_merchant_fk":                          shop.Invalid("merchant", "There is no such merchant."),
	"users_role_has_its_room":                    shop.Invalid("merchant", "A merchant user needs a merchant, and only a merchant user has one."),
	"api_keys_role_has_its_room":                 shop.Invalid("merchant", "A merchant key needs a merchant, and only a merchant key has one."),
	"order_events_from_current_status":           shop.Conflict("The order has moved on meanwhile. Please look at it again."),
	"order_events_transition_fk":                 shop.Conflict("The order cannot go from its present status to that one."),
	"order_events_pkey":                          shop.Conflict("The order was changed at the same moment. Please look at it again."),
	"stock_levels_reserved_within_on_hand":       shop.Conflict("Fewer units would be left than are reserved for orders."),
	"stock_levels_on_hand_range":                 shop.Invalid("delta", "The stock must stay between 0 and 1,000,000,000 units."),
	"payments_refunded_within_captured":          shop.Conflict("More would be refunded than was captured."),
	"payments_captured_within_amount":            shop.Conflict("More would be captured than was authorized."),
	"fulfillment_items_never_over_picked":        shop.Conflict("More would be picked than was ordered."),
	"refund_lines_within_line":                   shop.Conflict("These units were refunded meanwhile. Please look at the order again."),
	"skus_code_key":                              shop.Invalid("code", "Another SKU of this merchant has this code."),
	"skus_barcode_key":                           shop.Invalid("barcode", "Another SKU of this merchant has this barcode."),
	"skus_barcode_valid":                         shop.Invalid("barcode", "This is not a barcode, or its check digit does not fit."),
	"products_slug_key":                          shop.Invalid("slug", "Another product has this address, perhaps a deleted one."),
	"discounts_code_key":                         shop.Invalid("code", "There is a discount with this code already."),
	"carrier_claims_shipment_key":                shop.Conflict("Something was claimed for this parcel already."),
	"shipping_rates_floor_key":                   shop.Invalid("weight", "There is a rate for this country, weight and subtotal already."),
	"tax_rates_start_key":                        shop.Invalid("from", "Another rate for this place and category begins at that moment."),
	"sku_prices_no_overlap":                      shop.Invalid("validFrom", "Another price is valid at that time."),
	"reconciliation_exceptions_finding_key":      shop.Conflict("This finding is already listed."),
	"return_line_items_within_sent":              shop.Conflict("These units are in another return already. Please look at the order again."),
	"return_line_items_received_within_approved": shop.Conflict("These units were received already. Please look at the return again."),
	"returns_transition_legal":                   shop.Conflict("The return has moved on meanwhile. Please look at it again."),
	"boxes_name_key":                             shop.Invalid("name", "Another box has this name."),
	"boxes_hotkey_key":                           shop.Invalid("hotkey", "Another box has this key."),
}

// translate turns what PostgreSQL says into a domain error, once, by constraint name and SQLSTATE. Domain errors and
// unknown ones pass through.
func translate(err error) error {
	var domain *shop.Error
	if err == nil || errors.As(err, &domain) {
		return err
	}
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return translatePg(pg, err)
	case errors.Is(err, pgx.ErrNoRows):
		return &shop.Error{Code: shop.CodeNotFound, Message: "There is no such thing.", Err: err}
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err), isConnectionError(err):
		return busy(err)
	}
	return err
}

func translatePg(pg *pgconn.PgError, err error) error {
	if known := constraintErrors[pg.ConstraintName]; known != nil {
		copied := *known
		copied.Err = err
		return &copied
	}
	switch pg.Code {
	case "22021", "22P05": // bytes that are not UTF-8, or a NUL
		return &shop.Error{Code: shop.CodeInvalid, Message: "The text contains characters that cannot be stored.", Err: err}
	case "22003": // numeric value out of range
		return &shop.Error{Code: shop.CodeInvalid, Message: "A number is too large.", Err: err}
	case "40001", "40P01", "55P03", "57014", "25P03", "53300", "53100", "57P01", "57P02", "57P03":
		// conflict after all retries, lock or statement timeout, out of connections or disk, server going down or starting
		return busy(err)
	}
	return err
}

func busy(err error) error {
	return &shop.Error{Code: shop.CodeUnavailable, Message: "The system is busy. Please try again in a moment.", RetryAfter: unavailableRetryAfter, Err: err}
}

func isConnectionError(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || pgconn.SafeToRetry(err)
}
