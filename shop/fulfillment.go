package shop

import "slices"

// FulfillmentStatus is the state of one parcel's worth of work.
type FulfillmentStatus string

// The states of a fulfillment, in the order in which a good one passes them.
const (
	FulfillmentOpen      FulfillmentStatus = "open"      // to pick; nobody works on it
	FulfillmentPicking   FulfillmentStatus = "picking"   // claimed by one picker
	FulfillmentPicked    FulfillmentStatus = "picked"    // all units are off the shelf
	FulfillmentPacked    FulfillmentStatus = "packed"    // in a sealed parcel
	FulfillmentShipped   FulfillmentStatus = "shipped"   // with the carrier
	FulfillmentDelivered FulfillmentStatus = "delivered" // arrived
	FulfillmentCancelled FulfillmentStatus = "cancelled" // given up; its units are to pick again
)

// FulfillmentTransition is one legal change of a fulfillment's status.
type FulfillmentTransition struct{ From, To FulfillmentStatus }

var fulfillmentTransitions = []FulfillmentTransition{
	{FulfillmentOpen, FulfillmentPicking},
	{FulfillmentOpen, FulfillmentCancelled},
	{FulfillmentPicking, FulfillmentOpen}, // the picker released it
	{FulfillmentPicking, FulfillmentPicked},
	{FulfillmentPicking, FulfillmentCancelled},
	{FulfillmentPicked, FulfillmentPacked},
	{FulfillmentPicked, FulfillmentCancelled},
	{FulfillmentPacked, FulfillmentPicked}, // it was opened again
	{FulfillmentPacked, FulfillmentShipped},
	{FulfillmentPacked, FulfillmentCancelled},
	{FulfillmentShipped, FulfillmentPacked}, // its hand-over was taken back
	{FulfillmentShipped, FulfillmentDelivered},
}

// FulfillmentTransitions returns every legal change of a fulfillment's status.
func FulfillmentTransitions() []FulfillmentTransition { return slices.Clone(fulfillmentTransitions) }

// CanTransition tells whether a fulfillment may go from s to the next status.
func (s FulfillmentStatus) CanTransition(to FulfillmentStatus) bool {
	return slices.Contains(fulfillmentTransitions, FulfillmentTransition{s, to})
}
