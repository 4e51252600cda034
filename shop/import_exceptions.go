package shop

// ImportExceptionKind names what somebody has to look at.
type ImportExceptionKind string

// The kinds of exceptions that an import lists.
const (
	// ImportedWithoutLines: the source has the order but no lines. Expected is 0, actual what was paid.
	ImportedWithoutLines ImportExceptionKind = "imported_without_lines"
	// PaidDiffers: the payments do not add up to the orders. Expected is the orders' total, actual what was paid.
	PaidDiffers ImportExceptionKind = "paid_differs"
	// CancelledNotRefunded: the order is cancelled, the money was captured, and the
	// source tells of no refund. Expected is 0, actual what was captured.
	CancelledNotRefunded ImportExceptionKind = "cancelled_not_refunded"
	// PaymentNotApproved: payments are on record, but the order ended before any was
	// approved. Expected is what the payments say, actual the 0 that was captured.
	PaymentNotApproved ImportExceptionKind = "payment_not_approved"
	// TimesOutOfOrder: the source's times run backwards. No amounts.
	TimesOutOfOrder ImportExceptionKind = "times_out_of_order"
	// TimeMissing: a state was reached whose time the source keeps, but not for this order. No amounts.
	TimeMissing ImportExceptionKind = "time_missing"
	// StatusContradictsTimes: the source has times of states that the order's status
	// says it never reached, such as a cancelled order's handing-over. No amounts.
	StatusContradictsTimes ImportExceptionKind = "status_contradicts_times"
	// ReferenceMissing: the order names a merchant or product that the source does not describe. No amounts.
	ReferenceMissing ImportExceptionKind = "reference_missing"
)

// ImportException is something about a checkout that a person should see. Amounts are
// in minor units of the checkout's currency, both 0 where the kind is not about money.
type ImportException struct {
	Kind          ImportExceptionKind
	Reason        string
	ExpectedMinor int64
	ActualMinor   int64
}
