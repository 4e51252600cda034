package shop

import "fmt"

// StockRules are what a merchant decides about selling one SKU.
type StockRules struct {
	BackorderLimit int64  // units that orders may wait for at once; 0: none
	BuyerLimit     int64  // units that one customer may have within BuyerLimitWindow; 0: any number
	ReorderPoint   *int64 // with so many units left, it is time to order more; nil: never
}

// Same tells whether two sets of rules say the same.
func (r StockRules) Same(other StockRules) bool {
	return r.BackorderLimit == other.BackorderLimit && r.BuyerLimit == other.BuyerLimit && samePoint(r.ReorderPoint, other.ReorderPoint)
}

func samePoint(a, b *int64) bool { return a == b || (a != nil && b != nil && *a == *b) }

// StockRulesChange sets the rules of a SKU.
type StockRulesChange struct {
	StockRules
	SKUID      int64
	MerchantID int64 // whose SKU it must be; 0: anybody's
	Actor      Actor
	RequestID  string
}

// Check refuses rules that cannot be, as CodeInvalid.
func (c StockRulesChange) Check() error {
	var fields []FieldError
	if c.BackorderLimit < 0 || c.BackorderLimit > MaxBackorderLimit {
		fields = append(fields, FieldError{"backorderLimit", fmt.Sprintf("The backorder limit must be between 0 and %d units.", MaxBackorderLimit)})
	}
	if c.BuyerLimit < 0 || c.BuyerLimit > MaxQuantity {
		fields = append(fields, FieldError{"buyerLimit", fmt.Sprintf("The limit per customer must be between 1 and %d units, or none.", MaxQuantity)})
	}
	fields = append(fields, reorderProblem(c.ReorderPoint)...)
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}
