package shop

import "time"

// StockAlert says that a SKU, or what lies of it at one location, fell to its reorder point.
type StockAlert struct {
	ID           int64
	SKUID        int64
	Code         string
	Name         string // product and variant
	LocationID   int64  // 0: all of the SKU
	Location     string // name
	ReorderPoint int64  // as it is now
	Available    int64  // as it is now; below zero: orders wait for more than there is
	RaisedAt     time.Time
}

// AlertQuery asks for a page of a merchant's open alerts, the latest first.
type AlertQuery struct {
	MerchantID int64 // 0: of all merchants
	Before     int64 // keyset cursor: only older ones; 0: from the latest
	Limit      int
}

// TopicStockAlert says that the stock alerts of a merchant changed.
const TopicStockAlert = "stock.alert"
