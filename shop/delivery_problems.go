package shop

import "time"

// ShipmentProblems returns what can be wrong with a shipment, the worst first.
func ShipmentProblems() []ShipmentProblem {
	return []ShipmentProblem{ProblemLost, ProblemReturned, ProblemLate, ProblemWaiting}
}

// DeliveryProblemQuery asks for a page of open problems of all merchants, the oldest shipment first.
type DeliveryProblemQuery struct {
	Problem    ShipmentProblem // "": any
	MerchantID int64           // 0: any
	After      int64           // keyset cursor; 0: from the oldest
	Limit      int
}

// DeliveryProblem is a shipment with an open problem, and whose it is.
type DeliveryProblem struct {
	Shipment
	Merchant string
}

// DeliveryProblemCount is how many open problems of a kind a merchant has.
type DeliveryProblemCount struct {
	Problem    ShipmentProblem
	MerchantID int64
	Merchant   string
	Shipments  int64
}

// DeliveryProblemPage is a page of open problems with the counts of all.
type DeliveryProblemPage struct {
	Problems []DeliveryProblem
	Counts   []DeliveryProblemCount // by merchant
	More     bool
	Now      time.Time
}
