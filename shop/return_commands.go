package shop

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of returns.
const (
	MaxReturnNote = 1000 // characters
	MaxWindowDays = 365
	MaxReturnAddr = 300 // characters
)

// ReturnUnits is how many units of a line a customer wants to send back, and why.
type ReturnUnits struct {
	LineUnits
	Reason ReturnReason
}

// RequestReturnCommand asks to send units back.
type RequestReturnCommand struct {
	OrderID   OrderID
	Scope     OrderScope
	Units     []ReturnUnits
	Note      string
	Photo     []byte // a JPEG by CleanPhoto; nil: none
	Actor     Actor
	RequestID string
	Key       IdempotencyKey
}

// ByCustomer tells whether the buyer asks, in person or through a program.
func (c RequestReturnCommand) ByCustomer() bool {
	return c.Actor.Kind == ActorCustomer || c.Scope.CustomerID != 0
}

// Check refuses, as CodeInvalid, what needs no look at the order.
func (c RequestReturnCommand) Check() error {
	fields := checkUnits(len(c.Units), func(i int) LineUnits { return c.Units[i].LineUnits })
	if len(c.Units) == 0 {
		fields = append(fields, FieldError{"items", "Choose what you want to send back."})
	}
	for i, u := range c.Units {
		if !slices.Contains(ReturnReasons(), u.Reason) {
			fields = append(fields, FieldError{fmt.Sprintf("items[%d].reason", i), "Choose why it goes back."})
		}
	}
	if utf8.RuneCountInString(c.Note) > MaxReturnNote {
		fields = append(fields, FieldError{"note", fmt.Sprintf("The note can have at most %d characters.", MaxReturnNote)})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// checkUnits refuses impossible quantities and lines that are named twice.
func checkUnits(n int, at func(i int) LineUnits) []FieldError {
	var fields []FieldError
	seen := map[int]bool{}
	for i := range n {
		u := at(i)
		if problem := quantityProblem(u.Quantity); problem != "" {
			fields = append(fields, FieldError{fmt.Sprintf("items[%d].quantity", i), problem})
		}
		if seen[u.LineNo] {
			fields = append(fields, FieldError{fmt.Sprintf("items[%d].lineNo", i), "This line is named twice."})
		}
		seen[u.LineNo] = true
	}
	return fields
}

// Plan refuses units that cannot be returned: CodeInvalid names them, CodeConflict says that nothing can be returned.
func (c RequestReturnCommand) Plan(can []Returnable) error {
	if !slices.ContainsFunc(can, func(r Returnable) bool { return r.Units > 0 }) {
		return Conflict("Nothing of this order can be returned now.")
	}
	var fields []FieldError
	for i, u := range c.Units {
		at := slices.IndexFunc(can, func(r Returnable) bool { return r.Line.LineNo == u.LineNo })
		switch {
		case at < 0:
			fields = append(fields, FieldError{fmt.Sprintf("items[%d].lineNo", i), "The order has no such line."})
		case u.Quantity > can[at].Units:
			fields = append(fields, FieldError{fmt.Sprintf("items[%d].quantity", i), returnableWords(can[at])})
		}
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

func returnableWords(r Returnable) string {
	if r.Units == 0 {
		return r.Line.Name + " cannot be returned now."
	}
	return fmt.Sprintf("At most %d of %s can be returned.", r.Units, r.Line.Name)
}

// ReturnAct is what is done to one return, and by whom.
type ReturnAct struct {
	ID        ReturnID
	Scope     OrderScope
	Reason    string
	Actor     Actor
	RequestID string
	Key       IdempotencyKey
}

// ApproveReturnCommand lets the customer send units: those named, all if none is named.
type ApproveReturnCommand struct {
	ReturnAct
	Units []LineUnits
}

// Plan is how many units of each line are approved. More than was asked for is CodeInvalid, another state CodeConflict.
func (c ApproveReturnCommand) Plan(r Return) ([]LineUnits, error) {
	if r.Status != ReturnRequested {
		return nil, r.refuse()
	}
	if fields := checkUnits(len(c.Units), func(i int) LineUnits { return c.Units[i] }); fields != nil {
		return nil, InvalidFields(fields...)
	}
	if len(c.Units) == 0 {
		all := make([]LineUnits, len(r.Lines))
		for i, l := range r.Lines {
			all[i] = LineUnits{l.LineNo, l.Quantity}
		}
		return all, nil
	}
	var fields []FieldError
	for i, u := range c.Units {
		l := r.Line(u.LineNo)
		switch {
		case l == nil:
			fields = append(fields, FieldError{fmt.Sprintf("items[%d].lineNo", i), "This line is not in the return."})
		case u.Quantity > l.Quantity:
			fields = append(fields, FieldError{fmt.Sprintf("items[%d].quantity", i), fmt.Sprintf("Only %d were asked for.", l.Quantity)})
		}
	}
	if fields != nil {
		return nil, InvalidFields(fields...)
	}
	return c.Units, nil
}

// ReturnSentCommand says that the units are on their way back.
type ReturnSentCommand struct {
	ReturnAct
	Carrier        string
	TrackingNumber string
}

// Check refuses what cannot be a carrier's words.
func (c ReturnSentCommand) Check() error {
	var fields []FieldError
	if utf8.RuneCountInString(c.Carrier) > 60 {
		fields = append(fields, FieldError{"carrier", "The carrier can have at most 60 characters."})
	}
	if utf8.RuneCountInString(c.TrackingNumber) > MaxTrackingNumber {
		fields = append(fields, FieldError{"tracking", fmt.Sprintf("A tracking number has at most %d characters.", MaxTrackingNumber)})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// ReceivedUnits is units of a line that arrived. Restock puts them back on sale, else they are scrapped.
type ReceivedUnits struct {
	LineUnits
	Condition ReturnCondition
	Restock   bool
}

// ReceiveReturnCommand records what arrived. A line may be named once per condition.
type ReceiveReturnCommand struct {
	ReturnAct
	Units      []ReceivedUnits
	LocationID int64 // where restocked units go; 0: where the merchant ships from first
}

// Plan refuses what cannot have arrived: more than is awaited is CodeConflict, because it means that somebody else has
// booked it already or that it was never approved; what contradicts itself is CodeInvalid.
func (c ReceiveReturnCommand) Plan(r Return) error {
	if r.Status != ReturnApproved && r.Status != ReturnInTransit && r.Status != ReturnReceived {
		return r.refuse()
	}
	if len(c.Units) == 0 {
		return Invalid("items", "Enter how many units arrived.")
	}
	var fields []FieldError
	arriving := map[int]int64{}
	for i, u := range c.Units {
		field := fmt.Sprintf("items[%d].", i)
		if problem := quantityProblem(u.Quantity); problem != "" {
			fields = append(fields, FieldError{field + "quantity", problem})
		}
		switch {
		case r.Line(u.LineNo) == nil:
			fields = append(fields, FieldError{field + "lineNo", "This line is not in the return."})
		case !slices.Contains(ReturnConditions(), u.Condition):
			fields = append(fields, FieldError{field + "condition", "Choose the condition of the units."})
		case u.Restock && !u.Condition.Resellable():
			fields = append(fields, FieldError{field + "restock", "Damaged and wrong items cannot go back on sale."})
		}
		arriving[u.LineNo] += u.Quantity
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	for _, l := range r.Lines {
		if arriving[l.LineNo] > l.Approved-l.Received {
			return Conflict(r.tooMany(l))
		}
	}
	return nil
}

// tooMany says why no more units of a line can arrive.
func (r Return) tooMany(l ReturnLine) string {
	if l.Received == 0 {
		return fmt.Sprintf("Only %d of these units were approved.", l.Approved)
	}
	said := fmt.Sprintf("%d of %d units have been received already", l.Received, l.Approved)
	for _, receipt := range slices.Backward(r.Receipts) {
		if receipt.LineNo == l.LineNo && receipt.Actor.Name != "" {
			return said + ", the last by " + receipt.Actor.Name + "."
		}
	}
	return said + "."
}

// refuse says why something cannot be done to the return any more.
func (r Return) refuse() *Error {
	switch r.Status {
	case ReturnRequested:
		return Conflict("This return waits for a decision. Approve it first.")
	case ReturnApproved, ReturnInTransit:
		return Conflict("This return is approved and its units have not arrived yet.")
	case ReturnReceived:
		return Conflict("Units of this return have arrived already.")
	case ReturnClosed:
		return Conflict("This return is closed already.")
	case ReturnRejected:
		return Conflict("This return was rejected.")
	}
	return Conflict("This return was cancelled.")
}

// Allow says whether the return may become what somebody wants: CodeConflict if not. Rejecting, cancelling for the
// customer and closing without money need a reason: CodeInvalid.
func (c ReturnAct) Allow(r Return, to ReturnStatus) error {
	if !r.Status.CanTransition(to) {
		return r.refuse()
	}
	if strings.TrimSpace(c.Reason) == "" && (to == ReturnRejected || to == ReturnClosed || (to == ReturnCancelled && c.Actor.Kind != ActorCustomer && c.Scope.CustomerID == 0)) {
		return Invalid("reason", "Say why; the customer reads it.")
	}
	return checkReason(c.Reason)
}

// RefundReturnCommand gives the money for what arrived and is not paid back yet.
type RefundReturnCommand struct {
	ReturnAct
	ShippingMinor int64 // of what the shipping cost, by choice
}

// Plan is the refund of units that the return comes to. CodeConflict if nothing has arrived, or all of it is paid back.
func (c RefundReturnCommand) Plan(r Return) (RefundUnitsCommand, error) {
	if r.Status != ReturnReceived {
		return RefundUnitsCommand{}, r.refuse()
	}
	units := r.Owed()
	if len(units) == 0 {
		return RefundUnitsCommand{}, Conflict("Everything that arrived is paid back already, or on its way.")
	}
	reason := "return " + r.ID.Number()
	if c.Reason != "" {
		reason += ": " + c.Reason
	}
	return RefundUnitsCommand{
		OrderID: r.OrderID, Scope: c.Scope, Units: units, ShippingMinor: c.ShippingMinor, UpToLeft: true, Cause: CauseReturn, ReturnID: r.ID, Reason: reason,
		Actor: c.Actor, RequestID: c.RequestID, Key: c.Key,
	}, nil
}

// RefundReturn gives the money for the units of a return that have arrived, exactly; once it is paid out the return is
// closed. The same key again is the same refund. Refusals are those of RefundReturnCommand.Plan and RefundUnitsCommand.
func (p *Payments) RefundReturn(ctx context.Context, c RefundReturnCommand) (UnitRefundResult, error) {
	prepared, replayed, err := p.store.PrepareReturnRefund(ctx, c)
	if err != nil {
		return UnitRefundResult{}, err
	}
	if !replayed {
		if err := p.perform(ctx, prepared.Operations, origin{c.Actor, c.RequestID}); err != nil {
			return UnitRefundResult{}, err
		}
	}
	result, err := p.store.UnitsRefunded(ctx, prepared.Refund.OrderID, prepared.Refund.ID)
	result.Replayed = replayed
	return result, err
}

// Check refuses a policy that no merchant can have.
func (p ReturnPolicy) Check() error {
	var fields []FieldError
	if p.WindowDays < 0 || p.WindowDays > MaxWindowDays {
		fields = append(fields, FieldError{"days", fmt.Sprintf("Between 0 and %d days.", MaxWindowDays)})
	}
	if utf8.RuneCountInString(p.Address) > MaxReturnAddr {
		fields = append(fields, FieldError{"address", fmt.Sprintf("The address can have at most %d characters.", MaxReturnAddr)})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// ReturnQuery asks for a page of returns, newest first. A zero field does not limit.
type ReturnQuery struct {
	Scope  OrderScope
	Status ReturnStatus
	Before ReturnID // keyset cursor
	Limit  int
}

// ReturnSummary is a return in a list.
type ReturnSummary struct {
	Return
	CustomerName string
	Units        int64  // asked for
	First        string // the name of its first item
}
